"""Keeps notes in PostgreSQL.

    GET  /notes    all notes as JSON, oldest first
    POST /notes    the body is a new note; answers with the note as JSON
    GET  /         says hello
"""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2

LONGEST_NOTE = 10_000


def connect():
    return psycopg2.connect(
        host=os.environ["POSTGRES_HOST"],
        dbname=os.environ["POSTGRES_DB"],
        user=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
        connect_timeout=5,
    )


def wait_for_database():
    """The database starts at the same time and needs a while, the first time longest."""
    while True:
        try:
            return connect()
        except psycopg2.OperationalError as error:
            print(f"waiting for the database: {str(error).strip().splitlines()[0]}")
            time.sleep(0.5)


def query(sql, *values):
    """Runs one statement in a transaction and a connection of its own: a restarted database is no special case."""
    connection = connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [{"id": id, "text": text} for id, text in cursor.fetchall()]
    finally:
        connection.close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/notes":
            self.answer(200, lambda: query("SELECT id, text FROM notes ORDER BY id"))
        elif self.path == "/":
            self.answer(200, lambda: {"hello": "GET /notes, POST /notes"})
        else:
            self.answer(404, lambda: {"error": f"there is nothing at {self.path}"})

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/notes" or not 0 < length <= LONGEST_NOTE:
            return self.answer(400, lambda: {"error": f"POST a note of 1 to {LONGEST_NOTE} bytes to /notes"})
        text = self.rfile.read(length).decode("utf-8", "replace").replace("\0", "")
        self.answer(201, lambda: query("INSERT INTO notes (text) VALUES (%s) RETURNING id, text", text)[0])

    def answer(self, status, make):
        try:
            value = make()
        except psycopg2.Error as error:
            status, value = 503, {"error": str(error).strip()}
        body = (json.dumps(value) + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        print(format % arguments)


if __name__ == "__main__":
    with wait_for_database() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, text text NOT NULL)")
    connection.close()
    print("ready on port 8000")
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
