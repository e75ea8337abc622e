"""What can go wrong with a server: one error, said in a sentence that tells what to do."""


class ServerFailed(Exception):
    """A server could not be installed, did not start or did not stop. The message says which, why and what to do."""
