"""The two commands: `python3 run.py` starts everything, `python3 run.py test` tests everything.

Also `python3 run.py manage COMMAND ...` and `python3 run.py bench NAME ...`; `--help` says more.
The work is done in deploy/local, which needs nothing but Python itself.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Python 版本过低：需要 3.11 或更新，当前是 {0}.{1}。\n"
        "Python is too old: 3.11 or newer is needed, this is {0}.{1}.".format(*sys.version_info[:2])
    )
if sys.platform == "win32":
    sys.exit(
        "Windows 上请在 WSL 中运行，或用 DATABASE_URL 和 BROKER_URL 指向现成的服务。\n"
        "On Windows run this inside WSL, or point DATABASE_URL and BROKER_URL at servers you have."
    )

from deploy.local.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
