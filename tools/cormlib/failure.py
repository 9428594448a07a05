"""How a command ends that cannot do its work: what happened, and what to do next."""

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_MACHINE_DIED = 125
EXIT_TIME_LIMIT = 124


class Failure(Exception):
    """@advice is the next thing to do, in one sentence or command; @status is the exit status."""

    def __init__(self, what, advice="", status=EXIT_FAILURE):
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.status = status

    def __str__(self):
        return f"corm: {self.what}" + (f"\n  next: {self.advice}" if self.advice else "")
