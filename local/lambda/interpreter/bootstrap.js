// Runs a handler on the Lambda Runtime API, as the Node.js runtimes of AWS do.
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');
const { Writable } = require('stream');
const { pathToFileURL } = require('url');
const util = require('util');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const structured = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const release = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1]);
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const least = structured ? levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL || 'TRACE') : 0;
let requestId = '';

function open(method, target, headers, done, failed) {
  const request = http.request(
    { host, port, method, agent, headers, path: '/2018-06-01/runtime/' + target },
    (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => done({ headers: response.headers, body: Buffer.concat(parts) }));
    });
  request.on('error', failed);
  return request;
}

function call(method, target, headers = {}, body = '') {
  return new Promise((done, failed) => {
    const length = method === 'GET' ? {} : { 'Content-Length': Buffer.byteLength(body) };
    open(method, target, { ...headers, ...length }, done, failed).end(body);
  });
}

// A pipe that is full takes what process.stdout writes only after the answer, or never before an exit.
const pause = new Int32Array(new SharedArrayBuffer(4));

function print(line) {
  const text = Buffer.from(line + '\n');
  for (let at = 0; at < text.length;) {
    try {
      at += fs.writeSync(1, text, at);
    } catch (e) {
      if (e.code !== 'EAGAIN') return;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

function write(level, parts) {
  if (levels.indexOf(level) < least) return;
  const now = new Date().toISOString();
  if (!structured) {
    print(`${now}\t${requestId || 'undefined'}\t${level}\t${util.format(...parts)}`);
    return;
  }
  const line = { timestamp: now, level, requestId };
  line.message = parts.length === 1 && typeof parts[0] === 'object' ? parts[0] : util.format(...parts);
  if (line.message instanceof Error) line.message = documentOf(line.message);
  print(JSON.stringify(line));
}

for (const [name, level] of [['log', 'INFO'], ['info', 'INFO'], ['debug', 'DEBUG'], ['trace', 'TRACE'],
  ['warn', 'WARN'], ['error', 'ERROR'], ['fatal', 'FATAL']]) {
  console[name] = (...parts) => write(level, parts);
}

function documentOf(e) {
  if (util.types.isNativeError(e) || e instanceof Error) {
    return {
      errorType: e.name, errorMessage: e.message,
      trace: (e.stack || '').split('\n').filter((line) => !line.includes('[eval]')),
    };
  }
  return { errorType: typeof e, errorMessage: String(e), trace: [] };
}

async function fail(target, e, what) {
  const document = documentOf(e);
  write(target === 'init/error' ? 'FATAL' : 'ERROR',
    structured ? [document] : [what + '\t' + JSON.stringify(document)]);
  await call('POST', target, {
    'Content-Type': 'application/json', 'Lambda-Runtime-Function-Error-Type': document.errorType,
  }, JSON.stringify(document));
}

function refused(kind, message) {
  const e = new Error(message);
  e.name = kind;
  return e;
}

function fileOf(module) {
  const base = path.resolve(process.env.LAMBDA_TASK_ROOT, module);
  return ['', '.js', '.mjs', '.cjs'].map((ending) => base + ending)
    .find((name) => fs.existsSync(name) && fs.statSync(name).isFile());
}

async function imported(module) {
  const file = fileOf(module);
  if (!file) throw refused('Runtime.ImportModuleError', `Error: Cannot find module '${module}'`);
  try {
    if (file.endsWith('.mjs')) return await import(pathToFileURL(file));
    try {
      return require(file);
    } catch (e) {
      if (!/^ERR_REQUIRE_(ESM|ASYNC_MODULE)$/.test(e.code) && !/import statement|'export'/.test(e.message)) throw e;
      return await import(pathToFileURL(file));
    }
  } catch (e) {
    if (e instanceof SyntaxError) throw refused('Runtime.UserCodeSyntaxError', String(e));
    if (/MODULE_NOT_FOUND/.test(e.code)) throw refused('Runtime.ImportModuleError', String(e));
    throw e;
  }
}

async function load(name) {
  const match = /^(.*?)([^/.]+)\.(.+)$/.exec(name);
  if (!match) throw refused('Runtime.MalformedHandlerName', 'Bad handler');
  const module = await imported(match[1] + match[2]);
  const find = (from) => match[3].split('.').reduce((at, key) => at && at[key], from);
  const handler = find(module) || find(module.default);
  if (handler === undefined) {
    throw refused('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof handler !== 'function') {
    throw refused('Runtime.HandlerNotFound', `${name} is not a function`);
  }
  if (release >= 24 && handler.length >= 3 && !handler[streams]) {
    throw refused('Runtime.CallbackHandlerDeprecated', 'ERROR: AWS Lambda has removed support for ' +
      'callback-based function handlers starting with Node.js 24. You need to modify this function to ' +
      'use a supported handler signature to use Node.js 24 or later. For more information see ' +
      'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.');
  }
  return handler;
}

// A handler that streams writes to one of these: its first byte begins the answer.
const streams = Symbol('streams');

class ResponseStream extends Writable {
  constructor(id) {
    super();
    this.id = id;
    this.contentType = 'application/octet-stream';
    this.ended = new Promise((done, failed) => { this.done = done; this.failed = failed; });
  }

  setContentType(type) { this.contentType = type; }

  begin() {
    if (this.request) return this.request;
    this.request = open('POST', `invocation/${this.id}/response`, {
      'Content-Type': this.contentType, 'Transfer-Encoding': 'chunked',
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    }, this.done, this.failed);
    if (this.prelude) this.request.write(this.prelude);
    return this.request;
  }

  _write(part, encoding, next) { this.begin().write(part, encoding, next); }

  _final(next) { this.begin().end(next); }

  abort(e) {
    const document = documentOf(e);
    const request = this.begin();
    request.addTrailers({
      'Lambda-Runtime-Function-Error-Type': document.errorType,
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(document)).toString('base64'),
    });
    request.end();
  }
}

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[streams] = true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.prelude = Buffer.concat([Buffer.from(JSON.stringify(prelude)), Buffer.alloc(8)]);
      return stream;
    },
  },
};

function contextOf(headers) {
  const e = process.env;
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const client = headers['lambda-runtime-client-context'];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: e.AWS_LAMBDA_FUNCTION_NAME, functionVersion: e.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: e.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: e.AWS_LAMBDA_LOG_GROUP_NAME, logStreamName: e.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: requestId, invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    clientContext: client ? JSON.parse(client) : undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

// A call is forsaken when nothing is left to wait for that could still answer it.
let forsaken = () => {};
process.on('beforeExit', () => forsaken());

// Before Node.js 24 only a promise counts of what a handler returns: one that neither returns it nor
// calls back answers null.
//
// Unlike AWS: a callback answers at once, and does not wait for timers that still run. How the
// runtimes name a promise that is never settled is a guess.
function answerOf(handler, event, context) {
  return new Promise((done, failed) => {
    forsaken = handler.constructor.name === 'AsyncFunction' || release >= 24
      ? () => failed(refused('Runtime.NodeJsExit', 'a Promise of the handler was never settled'))
      : () => done(null);
    if (release >= 24) {
      Promise.resolve(handler(event, context)).then(done, failed);
      return;
    }
    const callback = (e, result) => (e === null || e === undefined ? done(result) : failed(e));
    Object.assign(context, { done: callback, succeed: done, fail: failed });
    const result = handler(event, context, callback);
    if (result && typeof result.then === 'function') result.then(done, failed);
  });
}

async function stream(handler, event, context) {
  const out = new ResponseStream(requestId);
  try {
    await handler(event, out, context);
    if (!out.writableEnded) out.end();
  } catch (e) {
    if (!out.request) throw e;
    write('ERROR', ['Invoke Error', documentOf(e)]);
    out.abort(e);
  }
  await out.ended;
}

async function serve(handler) {
  const next = await call('GET', 'invocation/next');
  requestId = next.headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = next.headers['lambda-runtime-trace-id'] || '';
  const at = 'invocation/' + requestId;
  try {
    const event = JSON.parse(next.body.toString());
    const context = contextOf(next.headers);
    if (handler[streams]) {
      await stream(handler, event, context);
      return;
    }
    const result = JSON.stringify(await answerOf(handler, event, context));
    await call('POST', at + '/response', { 'Content-Type': 'application/json' },
      result === undefined ? 'null' : result);
  } catch (e) {
    await fail(at + '/error', e, 'Invoke Error ');
  }
}

async function die(e, kind, code) {
  const why = refused(kind, util.types.isNativeError(e) ? `${e.name}: ${e.message}` : String(e));
  if (util.types.isNativeError(e)) why.stack = e.stack;
  if (requestId) await fail(`invocation/${requestId}/error`, why, kind + ' ').catch(() => {});
  process.exit(code);
}

process.on('uncaughtException', (e) => die(e, 'Runtime.UncaughtException', 129));
process.on('unhandledRejection', (e) => die(e, 'Runtime.UnhandledPromiseRejection', 128));

(async () => {
  let handler;
  try {
    handler = await load(process.env._HANDLER);
  } catch (e) {
    await fail('init/error', e, 'Uncaught Exception ');
    process.exit(1);
  }
  for (;;) await serve(handler);
})().catch(() => process.exit(1));
