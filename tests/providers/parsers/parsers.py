"""Answers an application that uses a client library, and prints what the library made of each answer.

    python parsers.py PARSER '[[STATUS, CHALLENGE], ...]'

It prints one line of JSON: an array with an entry for each answer.
"""

import json
import sys
import time
from types import SimpleNamespace

from azure.core.credentials import AccessToken
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.pipeline.policies._utils import get_challenge_parameter
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest
from werkzeug.datastructures import WWWAuthenticate

PARAMETERS = ["realm", "authorization_uri", "resource_metadata", "scope", "error", "claims", "error_description"]


class Credential:
    """Notes the claims that are asked for with each token."""

    def __init__(self):
        self.claims = []

    def get_token(self, *_scopes, claims=None, **_options):
        self.claims.append(claims)
        return AccessToken(f"token-{len(self.claims)}", int(time.time()) + 3600)


class Api(HttpTransport):
    """Answers every request after the first with 200."""

    def __init__(self, status, challenge):
        self.first = SimpleNamespace(status_code=status, headers={"WWW-Authenticate": challenge})
        self.sent = []

    def send(self, request, **_options):
        self.sent.append(request.headers["Authorization"])
        return self.first if len(self.sent) == 1 else SimpleNamespace(status_code=200, headers={})

    def open(self):
        pass

    def close(self):
        pass

    def __exit__(self, *_exception):
        pass


def azure(status, challenge):
    """Its own reader, parameter by parameter; the claims that were asked for with each token; and what was sent."""
    credential, api = Credential(), Api(status, challenge)
    policy = BearerTokenCredentialPolicy(credential, "api://weather/.default")
    Pipeline(api, [policy]).run(HttpRequest("GET", "https://api.example.com/weather"))
    read = {name: get_challenge_parameter(api.first.headers, "Bearer", name) for name in PARAMETERS}
    parameters = {name: value for name, value in read.items() if value is not None}
    return {"parameters": parameters, "claims": credential.claims, "sent": api.sent}


def werkzeug(_status, challenge):
    """The whole field."""
    read = WWWAuthenticate.from_header(challenge)
    return {"scheme": read.type, "parameters": dict(read.parameters)}


parser, answers = sys.argv[1:]
read = {"azure": azure, "werkzeug": werkzeug}[parser]
print(json.dumps([read(status, challenge) for status, challenge in json.loads(answers)]))
