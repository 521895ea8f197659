"""A client for a Flask application in the same process: JSON in, JSON out, as one user."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient


@dataclass(frozen=True)
class Answer:
    """Status code, headers, and the body: parsed JSON, else the text."""

    code: int
    headers: Any
    body: Any


@dataclass
class Client:
    """Requests with a bearer token; ``token`` "" is anonymous."""

    flask: FlaskClient
    token: str = ""

    def __call__(
        self, method: str, path: str, body: Any = None, *, media_type: str = "application/json", **headers: str
    ) -> Answer:
        """Send a request; a text or bytes body goes as it is, anything else as JSON. ``Impersonate_User="x"`` is the header
        ``Impersonate-User``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = body if body is None or isinstance(body, str | bytes) else json.dumps(body)
        if data is not None:
            sent["Content-Type"] = media_type
        response = self.flask.open(path, method=method, data=data, headers=sent)
        text = response.get_data(as_text=True)
        try:
            return Answer(response.status_code, response.headers, json.loads(text))
        except ValueError:
            return Answer(response.status_code, response.headers, text)

    def as_user(self, token: str) -> Client:
        """The same server, another user."""
        return Client(self.flask, token)
