"""Signs calls with botocore and makes them: cases come in as JSON, answers go out as JSON.

The request is sent byte for byte as it was signed: no client on the way may tidy a path up.
"""

import http.client
import json
import sys
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def call(given, case):
    keys = given["keys"]
    body = case.get("body", "").encode() or None
    credentials = Credentials(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    )
    request = AWSRequest(
        method=case["method"],
        url=given["url"] + case["target"],
        data=body,
        headers=case.get("header") or {},
    )
    form = SigV4QueryAuth if case.get("query") else SigV4Auth
    form(credentials, "execute-api", given["region"]).add_auth(request)
    address = urlsplit(request.url)
    target = address.path + ("?" + address.query if address.query else "")
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    connection.request(
        request.method, target, body=body, headers=dict(request.headers.items())
    )
    response = connection.getresponse()
    return {"status": response.status, "body": response.read().decode()}


given = json.load(sys.stdin)
json.dump([call(given, case) for case in given["cases"]], sys.stdout)
