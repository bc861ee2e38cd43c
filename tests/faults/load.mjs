// A city under load, for the tests that do something to it meanwhile: kill it, fill its disk, back it up.
//
// Thirty-two clients register matters, write notes and hand in files through the API.  Every act has a key of its own and is
// known as acknowledged, or as not known: then the same act is sent again with the same key until it is acknowledged.  At the end
// every act must be there exactly once (`compare`), whatever happened in between.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

export const CLIENTS = 32;

// Mulberry32: the same seed, the same acts.
export function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

export class Failed extends Error {}
export const fail = text => { throw new Failed(text); };
export const pause = ms => new Promise(r => setTimeout(r, ms));

const servers = new Set();
// A test that fails leaves nothing running.
export const end_all = () => servers.forEach(server => server.kill('SIGKILL'));

export class City {
  // `store`: where the rows are, when they are not in the data folder; `options` go into yimen.conf
  constructor(yimen, folder, { store = '', settings = '' } = {}) {
    Object.assign(this, { yimen, folder, settings, data: join(folder, 'data'), before: store ? ['--store', store] : [] });
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  }
  args(words) { return ['--data', this.data, ...this.before, ...words]; }
  environment() {
    const env = { ...process.env };
    for (const line of this.settings.split('\n').filter(Boolean)) {
      const [name, value] = line.split('=').map(x => x.trim());
      env['YIMEN_' + name.toUpperCase()] = value;
    }
    return env;
  }
  run(...words) {
    return spawnSync(this.yimen, this.args(words), { encoding: 'utf8', env: this.environment(), maxBuffer: 1 << 30 });
  }
  // The same without standing in the way of the load.
  runBeside(...words) {
    return new Promise(resolve => {
      const child = spawn(this.yimen, this.args(words), { env: this.environment() });
      let stdout = '', stderr = '';
      child.stdout.on('data', part => stdout += part);
      child.stderr.on('data', part => stderr += part);
      child.once('close', status => resolve({ status, stdout, stderr }));
    });
  }
  init() {
    mkdirSync(this.folder, { recursive: true });
    const made = this.run('init', '--profile', 'minimal', '--no-laws', '--password', 'lasting-power-cut');
    if (made.status) fail('init: ' + made.stdout + made.stderr);
    const user = this.run('user', 'token', 'centre', 'load', 'clerk', 'C01', '--days', '1');
    this.token = /yt_[0-9]+\.[A-Za-z0-9_-]+/.exec(user.stdout)?.[0] ?? fail('no token: ' + user.stdout + user.stderr);
  }
  // Ends as soon as the process runs; the port comes with `ready`.
  spawn(stderr = 'pipe', port = 0) {
    const server = spawn(this.yimen, this.args(['serve', '--port', String(port)]), { stdio: ['ignore', 'ignore', stderr], env: this.environment() });
    let log = '';
    this.server = server;
    servers.add(server);
    server.once('exit', () => servers.delete(server));
    this.exited = new Promise(r => server.once('exit', r));
    this.ready = new Promise((resolve, reject) => {
      server.stderr?.on('data', part => {
        log = (log + part).slice(-65536);
        const port = /http:\/\/[0-9.]+:(\d+)/.exec(log)?.[1];
        if (port) resolve(this.port = +port);
      });
      server.once('exit', () => reject(new Failed('the server does not start: ' + log)));
    });
    this.ready.catch(() => {});
    this.log = () => log.split('\n').filter(line => !line.includes('"level":"info"')).join('\n');
    return this.ready;
  }
  async end(signal = 'SIGTERM') {
    this.server.kill(signal);
    await this.exited;
  }
  close() { this.agent.destroy(); }

  // null: no answer came, and nobody knows.
  request(method, path, headers = {}, body = null, ms = 30000) {
    return new Promise(resolve => {
      const all = { Authorization: 'Bearer ' + this.token, ...headers };
      if (body !== null) all['Content-Length'] = Buffer.byteLength(body);
      const request = http.request({ port: this.port, agent: this.agent, method, path, headers: all, timeout: ms }, answer => {
        const parts = [];
        answer.on('data', part => parts.push(part));
        answer.on('end', () => {
          const bytes = Buffer.concat(parts), text = bytes.toString();
          let json = null;
          try { json = JSON.parse(text); } catch { /* not every answer is JSON */ }
          resolve(answer.complete ? { status: answer.statusCode, headers: answer.headers, bytes, text, json } : null);
        });
        answer.on('error', () => resolve(null));
      });
      request.on('timeout', () => { request.destroy(); this.hung = (this.hung ?? 0) + 1; });
      request.on('error', () => resolve(null));
      request.end(body);
    });
  }
  get(path) { return this.request('GET', '/api/v1' + path); }
  post(path, key, json) {
    return this.request('POST', '/api/v1' + path, { 'Content-Type': 'application/json', 'Idempotency-Key': key }, JSON.stringify(json));
  }
  postFile(path, key, name, bytes) {
    const head = `--load\r\nContent-Disposition: form-data; name="files"; filename="${name}"\r\nContent-Type: image/jpeg\r\n\r\n`;
    return this.request('POST', '/api/v1' + path, { 'Content-Type': 'multipart/form-data; boundary=load', 'Idempotency-Key': key },
      Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--load--\r\n')]));
  }
}

// The same key, the same bytes: a picture by its head, any bytes behind it.
export function picture(key, size) {
  const bytes = Buffer.alloc(size);
  Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46]).copy(bytes);
  let at = 10, block = createHash('sha512').update(key).digest();
  for (; at < size; at += block.length, block = createHash('sha512').update(block).digest()) block.copy(bytes, at);
  return bytes;
}

export class Load {
  constructor(city, seed, { files = 0.06, most_file = 20000, refused = null } = {}) {
    Object.assign(this, { city, files, most_file, refused });
    this.orders = new Map();  // id -> { key, acts: Map(key -> act) }, acknowledged only
    this.touched = new Set(); // ids since the last look
    this.clients = Array.from({ length: CLIENTS }, (_, n) => ({ n, dice: dice(seed * 1000 + n), acts: 0, mine: [], open: null }));
    this.acknowledged = 0;
    this.repeated = 0;
    this.replayed = 0;
    this.unavailable = 0;
  }
  // Letters: a subject may not hold long numbers.
  word(client) { return Array.from({ length: 6 }, () => 'abcdefghijkmnpqrstuvwxyz'[Math.floor(client.dice() * 24)]).join(''); }
  next(client) {
    const key = `client-${client.n}-act-${client.acts++}-${this.word(client)}`;
    const what = client.dice();
    if (!client.mine.length || what < 0.4) return { key, kind: 'register' };
    const order = client.mine[Math.floor(client.dice() * client.mine.length)];
    if (what < 1 - this.files) return { key, kind: 'note', order };
    return { key, kind: 'file', order, size: 100 + Math.floor(client.dice() * this.most_file) };
  }
  send(act) {
    if (act.kind === 'register')
      return this.city.post('/orders', act.key, {
        matter: 'legal-consultation', channel: 'window', subject: act.key, content: '断电测试', source: 'load', external: act.key,
        parties: [{ role: 'applicant', identity: { kind: 'person', name: '何小川', paper: 'none', phone: '13900004321' } }],
      });
    if (act.kind === 'note') return this.city.post(`/orders/${act.order}/act/note`, act.key, { text: `<${act.key}>` });
    return this.city.postFile(`/orders/${act.order}/act/attach`, act.key, act.key + '.jpg', picture(act.key, act.size));
  }
  keep(client, act, answer) {
    this.acknowledged++;
    if (answer.json.replayed) this.replayed++;
    act.at = Date.now();
    act.answer = { seq: answer.json.seq, version: answer.json.version, replayed: answer.json.replayed };
    if (act.kind === 'register') {
      act.order = answer.json.id;
      if (this.orders.has(act.order)) fail(`two registrations have the number ${act.order}`);
      this.orders.set(act.order, { key: act.key, at: act.at, acts: new Map() });
      client.mine.push(act.order);
      if (client.mine.length > 20) client.mine.shift();
    } else {
      this.orders.get(act.order).acts.set(act.key, act);
    }
    this.touched.add(act.order);
  }
  // One act until it is acknowledged (true), or until the load ends or nobody answers (false).
  async one(client) {
    const act = client.open ?? this.next(client);
    if (client.open) this.repeated++;
    client.open = act;
    const answer = await this.send(act);
    if (answer?.status === 200 || answer?.status === 201) {
      this.keep(client, act, answer);
      client.open = null;
      return true;
    }
    if (answer && answer.status !== 503) fail(`${act.key} ${act.kind}: status ${answer.status}: ${answer.text.slice(0, 500)}`);
    if (answer) {
      this.unavailable++;
      this.refused?.(answer, act);
    }
    return false;
  }
  async client(client) {
    while (this.going)
      if (!await this.one(client)) await pause(this.rest ?? 5);
  }
  begin(clients = CLIENTS) {
    this.going = true;
    this.running = Promise.all(this.clients.slice(0, clients).map(client => this.client(client)));
    this.running.catch(() => { this.going = false; });
  }
  async stop() {
    this.going = false;
    await this.running;
  }
  // Whatever was not acknowledged is asked again, with its key.
  async settle(ms = 20000) {
    const until = Date.now() + ms;
    await Promise.all(this.clients.map(async client => {
      while (client.open && !await this.one(client)) {
        if (Date.now() > until) fail(`${client.open.key} is never answered`);
        await pause(20);
      }
    }));
  }
  // Every act of the orders touched since the last look is there, in the order it was acknowledged or not, exactly once.
  async look() {
    const ids = [...this.touched];
    this.touched.clear();
    const looker = async () => {
      for (let id; (id = ids.pop());) {
        const answer = await this.city.get(`/orders/${id}/events`);
        if (answer?.status !== 200) fail(`acknowledged and lost: order ${id} (${answer?.status})`);
        this.compareOrder(id, answer.json.events);
      }
    };
    await Promise.all(Array.from({ length: 8 }, looker));
  }
  compareOrder(id, events) {
    const order = this.orders.get(id), times = new Map();
    for (const event of events) {
      const key = /<([^>]*)>/.exec(event.text)?.[1] ?? /文件：(.*)\.jpg/.exec(event.text)?.[1] ?? (event.action === 'register' ? order.key : null);
      if (key) times.set(key, (times.get(key) ?? 0) + 1);
    }
    for (const key of [order.key, ...order.acts.keys()])
      if (times.get(key) !== 1) fail(`order ${id}, act ${key}: acknowledged once, there ${times.get(key) ?? 0} times (${JSON.stringify(order.acts.get(key))}; ${events.length} events)`);
    const open = this.clients.map(c => c.open?.key);
    for (const [key, n] of times)
      if (n > 1 || (key !== order.key && !order.acts.has(key) && !open.includes(key))) fail(`order ${id}, act ${key}: there ${n} times, and nobody asked for it`);
  }
  // The whole city against the ledger.  `before`: only what was acknowledged before that moment must be there.
  compare(city = this.city, before = Infinity) {
    const file = join(city.folder, `export-${Date.now()}.jsonl`);
    const exported = city.run('export', file);
    if (exported.status) fail('export: ' + exported.stdout + exported.stderr);
    const seen = new Map();
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const { order, events } = JSON.parse(line);
      if (seen.has(order.subject)) fail(`${order.subject} stands twice: ${seen.get(order.subject)} and ${order.id}`);
      seen.set(order.subject, order.id);
      if (before === Infinity && this.orders.has(order.id)) this.compareOrder(order.id, events);
      if (before < Infinity) this.orders.get(order.id)?.acts.forEach(act => {
        if (act.at < before && !events.some(event => event.text.includes(act.key))) fail(`${act.key} was acknowledged before and is not there`);
      });
    }
    let expected = 0;
    for (const [id, order] of this.orders) {
      if (order.at >= before) continue;
      expected++;
      if (seen.get(order.key) !== id) fail(`acknowledged and lost: ${order.key}`);
    }
    if (before === Infinity && seen.size !== this.orders.size + this.clients.filter(c => c.open?.kind === 'register' && seen.has(c.open.key)).length)
      fail(`${this.orders.size} orders acknowledged, ${seen.size} there`);
    return { orders: seen.size, expected };
  }
  acts() { return [...this.orders.values()].reduce((n, order) => n + 1 + order.acts.size, 0); }
}

export function verify(city) {
  const verified = city.run('verify');
  if (verified.status) fail('verify: ' + verified.stdout + verified.stderr);
  return verified.stdout;
}
