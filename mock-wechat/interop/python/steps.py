"""One line a step: client, version, mode, step, and how it went."""

from importlib.metadata import version


def expect(what, right):
    if not right:
        raise AssertionError(what)


def run_steps(client, mode, steps):
    for name, act in steps:
        line = f"{client} {version(client)}  {mode}  {name}"
        try:
            act()
            print(f"ok      {line}", flush=True)
        except Exception as error:  # whatever a client throws is one failed step
            print(f"FAILED  {line}: {type(error).__name__} {error}".splitlines()[0], flush=True)
