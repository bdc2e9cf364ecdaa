"""Serves moto on a free port of 127.0.0.1 and prints its address.

One request at a time: AWS decides a conditional write in one step, and moto's own threads do not.
"""

from threading import Lock

from moto import backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class SilentHandler(WSGIRequestHandler):
    def log_request(self, code="-", size="-"):
        pass


# It reads the names of its own folders at each request, which takes half of the request's time.
if hasattr(backends, "list_of_moto_modules"):
    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules

moto = DomainDispatcherApplication(create_backend_app)
lock = Lock()


def one_at_a_time(environ, start_response):
    with lock:
        return [b"".join(moto(environ, start_response))]


server = make_server(
    "127.0.0.1", 0, one_at_a_time, threaded=True, request_handler=SilentHandler
)
print(f"http://127.0.0.1:{server.port}", flush=True)
server.serve_forever()
