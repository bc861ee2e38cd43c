// kill -9 under load: what was acknowledged is there after the restart, once, and verify finds nothing.
//   node kill_server.mjs YIMEN ROUNDS
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import http from 'node:http';

const [, , yimen, rounds = '3'] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'yimen-kill-')), data = join(folder, 'data');
const run = (...args) => spawnSync(yimen, ['--data', data, ...args], { encoding: 'utf8' });
const fail = text => { console.error(text); process.exitCode = 1; throw new Error(text); };

function start() {
  return new Promise((resolve, reject) => {
    const server = spawn(yimen, ['--data', data, 'serve', '--port', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    server.stderr.on('data', part => {
      log += part;
      const port = /http:\/\/[0-9.]+:(\d+)/.exec(log)?.[1];
      if (port) resolve({ server, port: +port });
    });
    server.once('exit', () => reject(new Error('the server does not start: ' + log)));
  });
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
function post(port, token, key, subject) {
  const body = JSON.stringify({
    matter: 'legal-consultation', channel: 'window', subject, content: '断电测试',
    source: 'kill', external: key, parties: [{ role: 'applicant', identity: { kind: 'person', name: '何小川', paper: 'none', phone: '13900004321' } }],
  });
  return new Promise(resolve => {
    const request = http.request({ port, agent, method: 'POST', path: '/api/v1/orders', headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Authorization: 'Bearer ' + token, 'Idempotency-Key': key } }, answer => {
      let text = '';
      answer.on('data', part => text += part);
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
      answer.on('error', () => resolve(null));
    });
    request.on('error', () => resolve(null));
    request.end(body);
  });
}

function get(port, token, path) {
  return new Promise((resolve, reject) => http.get({ port, path, headers: { Authorization: 'Bearer ' + token } }, answer => {
    let text = '';
    answer.on('data', part => text += part);
    answer.on('end', () => resolve({ status: answer.statusCode, text }));
  }).on('error', reject));
}

try {
  run('init', '--profile', 'minimal', '--password', 'lasting-power-cut');
  const made = run('user', 'token', 'centre', 'load', 'clerk', 'C01', '--days', '1');
  const token = /yt_[0-9]+\.[A-Za-z0-9_-]+/.exec(made.stdout)?.[0] ?? fail('no token: ' + made.stdout + made.stderr);
  const acknowledged = new Map();
  for (let round = 0; round < +rounds; round++) {
    const { server, port } = await start();
    let going = true, n = 0;
    const client = async c => {
      while (going) {
        const key = `round-${round}-client-${c}-${n++}`;
        const answer = await post(port, token, key, '断电');
        if (answer?.status === 201) acknowledged.set(JSON.parse(answer.text).id, key);
        else if (answer && answer.status !== 503) { going = false; fail(`status ${answer.status}: ${answer.text}`); }
      }
    };
    const clients = Array.from({ length: 32 }, (_, c) => client(c));
    await new Promise(r => setTimeout(r, 700 + 300 * Math.random()));
    const exited = new Promise(r => server.once('exit', r));
    server.kill('SIGKILL');
    await exited;
    going = false;
    await Promise.all(clients);
    const verified = run('verify');
    if (verified.status) fail('verify: ' + verified.stdout + verified.stderr);
  }
  const { server, port } = await start();
  let looked = 0;
  for (const [id, key] of acknowledged) {
    if (looked++ % 7) continue; // a seventh by its page, all of them by their number below
    const answer = await get(port, token, '/api/v1/orders/' + id);
    if (answer.status !== 200) fail(`acknowledged and lost: ${key} (${answer.status})`);
  }
  // The same request again is the same order: nothing was done twice.
  const [id, key] = [...acknowledged].at(-1);
  const again = await post(port, token, key, '断电');
  if (JSON.parse(again.text).id !== id) fail('a repeated request made another order');
  const count = /工单 (\d+) 件/.exec(run('verify').stdout)?.[1];
  if (+count < acknowledged.size) fail(`${acknowledged.size} acknowledged, ${count} there`);
  const exited = new Promise(r => server.once('exit', r));
  server.kill('SIGTERM');
  await exited;
  console.log(`${rounds} kills, ${acknowledged.size} acknowledged, ${count} there, verify finds nothing`);
} finally {
  agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
