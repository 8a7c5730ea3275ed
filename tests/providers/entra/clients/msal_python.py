"""Gets a token with Microsoft's library for Python as an application gets it: every setting that has a default keeps it.

    python msal_python.py AUTHORITY daemon CLIENT_ID SECRET SCOPE
    python msal_python.py AUTHORITY user CLIENT_ID REDIRECT_URI SCOPE...
    python msal_python.py AUTHORITY on_behalf_of CLIENT_ID SECRET ASSERTION SCOPE...

It prints one line of JSON: the access token, and the user's ID token; or the error response.
"""

import json
import sys
from urllib.parse import parse_qs, urlsplit

import msal
import requests


def confidential(authority, client_id, secret):
    return msal.ConfidentialClientApplication(client_id, authority=authority, client_credential=secret)


def daemon(authority, client_id, secret, *scopes):
    return confidential(authority, client_id, secret).acquire_token_for_client(list(scopes))


def user(authority, client_id, redirect_uri, *scopes):
    """Authorization code with PKCE. The user's browser is one request, as the user is signed in already."""
    application = msal.PublicClientApplication(client_id, authority=authority)
    flow = application.initiate_auth_code_flow(list(scopes), redirect_uri=redirect_uri)
    response = requests.get(flow["auth_uri"], allow_redirects=False, timeout=10)
    location = urlsplit(response.headers.get("location", ""))
    answer = {name: values[0] for name, values in parse_qs(location.query or location.fragment).items()}
    return application.acquire_token_by_auth_code_flow(flow, answer)


def on_behalf_of(authority, client_id, secret, assertion, *scopes):
    """What an API does that calls another one for its caller."""
    return confidential(authority, client_id, secret).acquire_token_on_behalf_of(assertion, list(scopes))


authority, flow, *rest = sys.argv[1:]
result = {"daemon": daemon, "user": user, "on_behalf_of": on_behalf_of}[flow](authority, *rest)
if "access_token" in result:
    result = {"access_token": result["access_token"], "id_token": result.get("id_token")}
print(json.dumps(result))
