"""Serves moto on a free port of 127.0.0.1 and prints its address.

One request at a time: AWS decides a conditional write in one step, and moto's own threads do not.
"""

from threading import Lock

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

moto = DomainDispatcherApplication(create_backend_app)
lock = Lock()


def one_at_a_time(environ, start_response):
    with lock:
        return [b"".join(moto(environ, start_response))]


server = make_server("127.0.0.1", 0, one_at_a_time, threaded=True)
print(f"http://127.0.0.1:{server.port}", flush=True)
server.serve_forever()
