"""Snapshot debugger for Python: captures what a running app does at a line, without stopping it.

    import googleclouddebugger
    googleclouddebugger.enable(module="shop", version="1.0")

Everything else happens in the native module and in the broker of the host (snapshot-broker). Without a broker the app
runs as if this were not here.
"""

import sys

from googleclouddebugger._version import __version__

__all__ = ["AttachDebugger", "__version__", "enable"]

try:
    from googleclouddebugger import _native
except ImportError as error:
    # Pip would not have installed it for one of these: it has come by another way.
    if sys.implementation.name != "cpython":
        reason = "%s is not supported, only CPython is" % sys.implementation.name
    elif "t" in sys.abiflags:
        reason = "free-threaded builds of CPython are not supported"
    else:
        reason = str(error)
    raise ImportError(
        "googleclouddebugger has no native module that this interpreter can load (%s %d.%d%s): %s"
        % (
            sys.implementation.name,
            sys.version_info[0],
            sys.version_info[1],
            getattr(sys, "abiflags", ""),
            reason,
        )
    ) from error


def enable(**flags):
    """Starts the debugger in this process.

    The flags say which app this is: module, version, minorversion, project_id, service_account_json_file,
    firebase_db_url and the others of the original agent; broker_socket names the broker's socket where it is not in its
    default place (also: the environment variable SNAPSHOT_BROKER_SOCKET). Those that are unknown here are passed to the
    broker. Returns at once, and never fails because of the broker.

    Raises RuntimeError if the debugger is enabled already.
    """
    _native.enable(__version__, {name: str(value) for name, value in flags.items() if value is not None})


AttachDebugger = enable
