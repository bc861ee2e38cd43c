// The browser, the people of the example city, and small words for stories.
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { width: 360, height: 780 }, DESK = { width: 1280, height: 900 }, WIDE = { width: 1920, height: 1080 };

export async function open(address, demoLog) {
  const log = readFileSync(demoLog, 'utf8');
  const password = /^zhoumin\s+(\S+)/m.exec(log)?.[1];
  const codes = [...log.matchAll(/^(\S+-\d{8}-\d{5})\s+([0-9A-Z-]{19})\s+(\S+)/gm)].map(m => ({ number: m[1], code: m[2], state: m[3] }));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    env: { ...process.env, LANGUAGE: 'zh_CN' },
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync', '--disable-component-update', '--lang=zh-CN'],
  });
  return new City(browser, address, password, codes);
}

export class City {
  constructor(browser, address, password, codes) {
    Object.assign(this, { browser, address, password, codes, sessions: new Map() });
  }

  // A page of its own; what the console complains of fails the story.
  async page(viewport = DESK, options = {}) {
    const context = await this.browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20000);
    page.complaints = [];
    page.on('console', m => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && page.complaints.push(m.text()));
    page.on('pageerror', e => page.complaints.push(String(e)));
    return page;
  }

  // A page of somebody who works here; each signs in once.
  async as(login, viewport = DESK, options = {}) {
    const page = await this.page(viewport, options);
    if (this.sessions.has(login)) {
      await page.context().addCookies(this.sessions.get(login));
      return page;
    }
    await page.goto(this.address + '/sign-in');
    await page.fill('input[name=login]', login);
    await page.fill('input[name=password]', this.password);
    await press(page, 'form button.filled');
    if (/sign-in/.test(page.url())) throw new Error(`${login} could not sign in`);
    this.sessions.set(login, await page.context().cookies());
    return page;
  }

  code(state) {
    const found = this.codes.find(c => c.state.includes(state));
    if (!found) throw new Error(`the example city has no order “${state}”`);
    return found;
  }

  // A citizen's page of an order: its number and its code.
  async track(page, { number, code }) {
    await page.goto(this.address + '/track?again=1');
    await page.fill('input[name=no]', number);
    await page.fill('input[name=code]', code);
    await press(page, 'main form button.filled');
  }

  async close() { await this.browser.close(); }
}

// Press what leads to another page.
export async function press(page, what) {
  const target = typeof what === 'string' ? page.locator(what).first() : what;
  await Promise.all([page.waitForNavigation(), target.click()]);
}

// Nothing serious or worse, on this page as it stands.
export async function accessible(page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'],
  }));
  const bad = found.violations.filter(v => ['serious', 'critical'].includes(v.impact));
  if (bad.length)
    throw new Error(`${where}: ` + bad.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`).join('; '));
}

// No sideways scrolling: everything fits the width, at each of these widths.
export async function fits(page, where, ...sizes) {
  for (const size of sizes.length ? sizes : [page.viewportSize()]) {
    await page.setViewportSize(size);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 1) throw new Error(`${where} at ${size.width}: ${over} px wider than the window`);
  }
}

export async function says(page, words) {
  const text = await page.locator('body').innerText();
  if (!text.replace(/\s+/g, '').includes(words.replace(/\s+/g, '')))
    throw new Error(`${page.url()} does not say "${words}": ${(await page.locator('main').innerText()).slice(0, 400)}`);
}

export async function quiet(page) {
  if (page.complaints.length) throw new Error('the console says: ' + page.complaints.join(' | '));
}

export function must(truth, words) {
  if (!truth) throw new Error(words);
}

// An id number of a region that does not exist, with the right check digit.
export function idNumber(birth, n) {
  const digits = '990101' + birth + String(n).padStart(3, '0');
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return digits + '10X98765432'[[...digits].reduce((sum, d, i) => sum + d * weights[i], 0) % 11];
}
