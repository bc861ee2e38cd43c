// A small service that speaks S3, for tests: objects in memory, every signature checked as AWS Signature Version 4 says.
//   node s3_server.mjs [COMMAND [ARGUMENT...]]    runs it with YIMEN_TEST_S3=http://127.0.0.1:PORT and ends with it; without one
//                                                 prints the address and ends when stdin does
// Bucket "files", key "tester", secret "tester-secret", region "cn-test-1".  PUT /-/fail?times=3 makes that many requests answer
// 503, PUT /-/slow?ms=N makes each wait, PUT /-/damage?key=K turns a bit of an object over, GET /-/figures tells what was asked.
import { spawn } from 'node:child_process';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import http from 'node:http';

const KEY = 'tester', SECRET = 'tester-secret', REGION = 'cn-test-1', BUCKET = 'files', PAGE = 7;
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

// RFC 3986, as the signature wants it.
const escaped = text => encodeURIComponent(text).replace(/[!'()*]/g, c => '%' + c.charCodeAt(0).toString(16).toUpperCase());

function signatureIsRight(request, url, body) {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
    .exec(request.headers.authorization ?? '');
  if (!parts) return 'no signature';
  const [, key, day, region, names, signature] = parts;
  const at = request.headers['x-amz-date'] ?? '', hash = request.headers['x-amz-content-sha256'];
  if (key !== KEY || region !== REGION || !at.startsWith(day)) return 'another key, region or day';
  const moment = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(Date.now() - moment) < 15 * 60 * 1000)) return 'too old';
  if (hash !== sha256(body)) return 'the hash is not that of the body';
  const signed = names.split(';');
  for (const name of ['host', 'x-amz-date', 'x-amz-content-sha256']) if (!signed.includes(name)) return name + ' is not signed';
  const query = [...url.searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort().join('&');
  const path = url.pathname.split('/').map(part => escaped(decodeURIComponent(part))).join('/');
  const canonical = [request.method, path, query, ...signed.map(name => `${name}:${request.headers[name].trim().replace(/ +/g, ' ')}`),
    '', names, hash].join('\n');
  const text = ['AWS4-HMAC-SHA256', at, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
  const by = hmac(hmac(hmac(hmac('AWS4' + SECRET, day), region), 's3'), 'aws4_request');
  return timingSafeEqual(hmac(by, text), Buffer.from(signature, 'hex')) ? '' : 'the signature is wrong';
}

export class S3 {
  constructor() {
    this.objects = new Map();
    this.figures = { put: 0, get: 0, delete: 0, list: 0, refused: 0, failed: 0 };
    this.fail = 0;
    this.slow = 0;
  }
  start() {
    this.server = http.createServer((request, answer) => {
      const parts = [];
      request.on('data', part => parts.push(part));
      request.on('end', () => setTimeout(() => this.answer(request, answer, Buffer.concat(parts)), this.slow));
    });
    return new Promise(resolve => this.server.listen(0, '127.0.0.1', () => resolve(this.address = `http://127.0.0.1:${this.server.address().port}`)));
  }
  end() { this.server.closeAllConnections(); this.server.close(); }
  answer(request, answer, body) {
    const url = new URL(request.url, 'http://x');
    const say = (status, text = '', type = 'application/xml') => answer.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
    if (url.pathname.startsWith('/-/')) return this.control(url, say);
    if (this.fail > 0) {
      this.fail--;
      this.figures.failed++;
      return say(503, '<Error><Code>SlowDown</Code></Error>');
    }
    const wrong = signatureIsRight(request, url, body);
    if (wrong) {
      this.figures.refused++;
      return say(403, `<Error><Code>SignatureDoesNotMatch</Code><Message>${wrong}</Message></Error>`);
    }
    const [, bucket, ...rest] = url.pathname.split('/'), key = decodeURIComponent(rest.join('/'));
    if (bucket !== BUCKET) return say(404, '<Error><Code>NoSuchBucket</Code></Error>');
    if (request.method === 'GET' && !key) return this.list(url, say);
    this.figures[request.method.toLowerCase()]++;
    if (request.method === 'PUT') {
      this.objects.set(key, body);
      return say(200);
    }
    if (request.method === 'DELETE') {
      this.objects.delete(key);
      return answer.writeHead(204).end();
    }
    const bytes = this.objects.get(key);
    return bytes ? say(200, bytes, 'application/octet-stream') : say(404, '<Error><Code>NoSuchKey</Code></Error>');
  }
  // In small pages, with a token that has to be escaped twice.
  list(url, say) {
    this.figures.list++;
    const prefix = url.searchParams.get('prefix') ?? '', after = (url.searchParams.get('continuation-token') ?? '').slice(4);
    const keys = [...this.objects.keys()].filter(key => key.startsWith(prefix) && key > after).sort(), page = keys.slice(0, PAGE);
    const more = keys.length > page.length;
    say(200, `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult><Name>${BUCKET}</Name><Prefix>${prefix}</Prefix>` +
      page.map(key => `<Contents><Key>${key}</Key><Size>${this.objects.get(key).length}</Size></Contents>`).join('') +
      `<IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>a&amp;+=${page.at(-1)}</NextContinuationToken>` : ''}</ListBucketResult>`);
  }
  control(url, say) {
    const what = url.pathname.slice(3);
    if (what === 'fail') this.fail = +url.searchParams.get('times');
    if (what === 'slow') this.slow = +url.searchParams.get('ms');
    if (what === 'damage') this.objects.get(url.searchParams.get('key'))[0] ^= 1;
    say(200, JSON.stringify({ ...this.figures, objects: this.objects.size, keys: [...this.objects.keys()] }), 'application/json');
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const service = new S3(), [command, ...words] = process.argv.slice(2);
  const address = await service.start();
  if (command)
    spawn(command, words, { stdio: 'inherit', env: { ...process.env, YIMEN_TEST_S3: address } })
      .once('exit', code => { service.end(); process.exitCode = code ?? 1; });
  else {
    console.log(address);
    process.stdin.resume().once('end', () => service.end());
  }
}
