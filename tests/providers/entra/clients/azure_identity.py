"""Gets a token with the Azure SDK for Python as an application gets it: every setting that has a default keeps it.

    python azure_identity.py AUTHORITY daemon CLIENT_ID SECRET SCOPE
    python azure_identity.py AUTHORITY user CLIENT_ID REDIRECT_URI SCOPE...
    python azure_identity.py AUTHORITY on_behalf_of CLIENT_ID SECRET ASSERTION SCOPE...

It prints one line of JSON: the access token; or the error response. The library hands out no ID token.
"""

import json
import re
import sys
import threading
import webbrowser
from urllib.parse import urlsplit

import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, InteractiveBrowserCredential, OnBehalfOfCredential


class Browser(webbrowser.BaseBrowser):
    """Where the user is signed in already, so that the first page submits the code to the application."""

    def open(self, url, new=0, autoraise=True):
        threading.Thread(target=self.visit, args=[url]).start()
        return True

    @staticmethod
    def visit(url):
        page = requests.get(url, timeout=10).text
        [action] = re.findall(r'action="([^"]*)"', page)
        requests.post(action, data=dict(re.findall(r'name="([^"]*)" value="([^"]*)"', page)), timeout=10)


def daemon(tenant_id, client_id, secret, *scopes):
    return ClientSecretCredential(tenant_id, client_id, secret).get_token(*scopes)


def user(tenant_id, client_id, redirect_uri, *scopes):
    """Authorization code with PKCE. The library listens on localhost itself, at any free port."""
    assert redirect_uri == "http://localhost"
    webbrowser.register("signed-in", None, Browser(), preferred=True)
    return InteractiveBrowserCredential(tenant_id=tenant_id, client_id=client_id, timeout=30).get_token(*scopes)


def on_behalf_of(tenant_id, client_id, secret, assertion, *scopes):
    """What an API does that calls another one for its caller."""
    credential = OnBehalfOfCredential(tenant_id, client_id, client_secret=secret, user_assertion=assertion)
    return credential.get_token(*scopes)


authority, flow, *rest = sys.argv[1:]
tenant = urlsplit(authority).path.strip("/")
try:
    token = {"daemon": daemon, "user": user, "on_behalf_of": on_behalf_of}[flow](tenant, *rest)
    print(json.dumps({"access_token": token.token}))
except ClientAuthenticationError as error:
    print(json.dumps(json.loads(error.response.text())))
