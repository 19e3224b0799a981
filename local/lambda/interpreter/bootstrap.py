# Runs a handler on the Lambda Runtime API, as the Python runtimes of AWS do.
import datetime
import decimal
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

API = "/2018-06-01/runtime/"
current = {"id": ""}


class Context:
    def __init__(self, headers):
        self.aws_request_id = headers.get("Lambda-Runtime-Aws-Request-Id")
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn")
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        given = headers.get("Lambda-Runtime-Client-Context")
        self.client_context = json.loads(given) if given else None
        self._deadline = int(headers.get("Lambda-Runtime-Deadline-Ms"))

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class TextFormatter(logging.Formatter):
    converter = time.gmtime

    def __init__(self):
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
                         "%Y-%m-%dT%H:%M:%S")

    def format(self, record):
        record.aws_request_id = current["id"]
        return super().format(record)


class JSONFormatter(logging.Formatter):
    def format(self, record):
        when = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        line = {"timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname,
                "message": record.getMessage(), "logger": record.name, "requestId": current["id"]}
        if record.exc_info:
            line["errorType"] = record.exc_info[0].__name__
            line["errorMessage"] = str(record.exc_info[1])
            line["stackTrace"] = traceback.format_tb(record.exc_info[2])
        return json.dumps(line, default=str, ensure_ascii=False)


def prepare_logging():
    handler = logging.StreamHandler(sys.stdout)
    structured = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    handler.setFormatter(JSONFormatter() if structured else TextFormatter())
    logging.root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "")
    if structured and level:
        logging.root.setLevel({"TRACE": "NOTSET", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level))


class Refused(Exception):
    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.trace = kind, list(trace)


def load(name):
    try:
        module, function = name.rsplit(".", 1)
    except ValueError:
        raise Refused("Runtime.MalformedHandlerName",
                      "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as e:
        raise Refused("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module, e))
    except SyntaxError as e:
        trace = ['  File "%s" Line %s\n    %s' % (e.filename, e.lineno, (e.text or "").strip())]
        raise Refused("Runtime.UserCodeSyntaxError",
                      "Syntax error in module '%s': %s" % (module, e), trace)
    try:
        return getattr(loaded, function)
    except AttributeError:
        raise Refused("Runtime.HandlerNotFound",
                      "Handler '%s' missing on module '%s'" % (function, module))


def own_frames(e):
    frames = traceback.extract_tb(e.__traceback__)
    return traceback.format_list([f for f in frames if f.filename != "<string>"
                                  and "importlib" not in f.filename])


def document(e, request_id):
    kind = getattr(e, "kind", type(e).__name__)
    trace = e.trace if isinstance(e, Refused) else own_frames(e)
    return kind, {"errorMessage": str(e), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def report(e, found):
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        when = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        print(json.dumps({"timestamp": when, "log_level": "ERROR", **found}, ensure_ascii=False))
        return
    lines = ["[ERROR] %s: %s" % (found["errorType"], found["errorMessage"])]
    if found["stackTrace"]:
        lines += ["Traceback (most recent call last):"] + [f.rstrip("\n") for f in found["stackTrace"]]
    print("\n".join(lines))


def plain(value):
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def marshal(result):
    try:
        return json.dumps(result, ensure_ascii=False, default=plain).encode()
    except (TypeError, ValueError) as e:
        raise Refused("Runtime.MarshalError", "Unable to marshal response: %s" % e)


def main():
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def call(method, path, body=None, headers={}):
        connection.request(method, API + path, body, headers)
        response = connection.getresponse()
        return response.headers, response.read()

    def fail(path, e):
        kind, found = document(e, current["id"])
        report(e, found)
        call("POST", path, json.dumps(found, ensure_ascii=False).encode(),
             {"Lambda-Runtime-Function-Error-Type": kind, "Content-Type": "application/json"})

    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    prepare_logging()
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as e:
        fail("init/error", e)
        sys.exit(1)
    while True:
        headers, event = call("GET", "invocation/next")
        current["id"] = headers.get("Lambda-Runtime-Aws-Request-Id")
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id") or ""
        answered = "invocation/" + current["id"]
        try:
            result = marshal(handler(json.loads(event), Context(headers)))
        except Exception as e:
            fail(answered + "/error", e)
            continue
        call("POST", answered + "/response", result, {"Content-Type": "application/json"})


main()
