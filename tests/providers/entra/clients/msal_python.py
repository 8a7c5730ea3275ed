"""Gets a token with Microsoft's library for Python as an application gets it: every setting that has a default keeps it.

    python msal_python.py AUTHORITY daemon CLIENT_ID SECRET SCOPE
    python msal_python.py AUTHORITY user CLIENT_ID REDIRECT_URI SCOPE...

It prints one line of JSON: the access token, and the user's ID token.
"""

import json
import sys
from urllib.parse import parse_qs, urlsplit

import msal
import requests


def daemon(authority, client_id, secret, *scopes):
    application = msal.ConfidentialClientApplication(client_id, authority=authority, client_credential=secret)
    return application.acquire_token_for_client(list(scopes))


def user(authority, client_id, redirect_uri, *scopes):
    """Authorization code with PKCE. The user's browser is one request, as the user is signed in already."""
    application = msal.PublicClientApplication(client_id, authority=authority)
    flow = application.initiate_auth_code_flow(list(scopes), redirect_uri=redirect_uri)
    response = requests.get(flow["auth_uri"], allow_redirects=False, timeout=10)
    location = urlsplit(response.headers.get("location", ""))
    answer = {name: values[0] for name, values in parse_qs(location.query or location.fragment).items()}
    return application.acquire_token_by_auth_code_flow(flow, answer)


authority, flow, *rest = sys.argv[1:]
result = {"daemon": daemon, "user": user}[flow](authority, *rest)
if "access_token" not in result:
    sys.exit(json.dumps(result))
print(json.dumps({"access_token": result["access_token"], "id_token": result.get("id_token")}))
