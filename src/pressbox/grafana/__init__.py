"""Grafana as code: data sources and dashboards over the figures in InfluxDB, in the form Grafana is provisioned with."""
