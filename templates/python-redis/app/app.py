"""Counts visits in Redis.

GET  /        the greeting and the count, one more than before
GET  /visits  the count as JSON, left as it is
"""

import os
import time

from flask import Flask, jsonify
from redis import Redis
from redis.exceptions import BusyLoadingError, ConnectionError

app = Flask(__name__)
redis = Redis(host=os.environ["REDIS_HOST"], decode_responses=True, socket_connect_timeout=5)


def patiently(command, *arguments, tries=20):
    """Redis starts at the same time as we do, and is started again now and then."""
    while True:
        try:
            return command(*arguments)
        except (ConnectionError, BusyLoadingError) as error:
            tries -= 1
            if tries == 0:
                raise
            app.logger.warning("waiting for Redis: %s", error)
            time.sleep(0.5)


@app.errorhandler(ConnectionError)
def unavailable(error):
    return {"error": str(error)}, 503


@app.get("/")
def visit():
    return f"{os.environ['GREETING']}! This is visit {patiently(redis.incr, 'visits')}.\n"


@app.get("/visits")
def visits():
    return jsonify(visits=int(patiently(redis.get, "visits") or 0))
