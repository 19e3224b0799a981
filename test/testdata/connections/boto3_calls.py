"""Calls apigatewaymanagementapi with nothing but an endpoint URL, and prints what came of it."""
import json
import sys

import boto3
import botocore.exceptions

endpoint, connection = sys.argv[1:]
client = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)


def error_of(call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as wrong:
        return [wrong.response["ResponseMetadata"]["HTTPStatusCode"], type(wrong).__name__]
    return None


client.post_to_connection(ConnectionId=connection, Data=b"hello from boto3")
got = client.get_connection(ConnectionId=connection)
print(json.dumps({
    "sourceIp": got["Identity"]["SourceIp"],
    "connectedAt": got["ConnectedAt"].isoformat(), "lastActiveAt": got["LastActiveAt"].isoformat(),
    "tooLarge": error_of(client.post_to_connection, ConnectionId=connection, Data=b"a" * (128 * 1024 + 1)),
    "malformed": error_of(client.get_connection, ConnectionId="nonsense!"),
    "deleted": error_of(client.delete_connection, ConnectionId=connection),
    "gone": error_of(client.post_to_connection, ConnectionId=connection, Data=b"late"),
}))
