// The browser, the people of the example city, and small words for stories.
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { width: 360, height: 780 }, DESK = { width: 1280, height: 900 }, WIDE = { width: 1920, height: 1080 };

export async function open(address, demoLog) {
  const log = readFileSync(demoLog, 'utf8');
  const password = /^zhoumin\s+(\S+)/m.exec(log)?.[1];
  const codes = [...log.matchAll(/^(\S+-\d{8}-\d{5})\s+([0-9A-Z-]{19})/gm)].map(m => ({ number: m[1], code: m[2] }));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync', '--disable-component-update'],
  });
  return new City(browser, address, password, codes);
}

export class City {
  constructor(browser, address, password, codes) {
    Object.assign(this, { browser, address, password, codes });
  }

  // A page of its own; what the console complains of fails the story.
  async page(viewport = DESK, options = {}) {
    const context = await this.browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options });
    const page = await context.newPage();
    page.complaints = [];
    page.on('console', m => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && page.complaints.push(m.text()));
    page.on('pageerror', e => page.complaints.push(String(e)));
    return page;
  }

  async signIn(page, login) {
    await page.goto(this.address + '/sign-in');
    await page.fill('input[name=login]', login);
    await page.fill('input[name=password]', this.password);
    await Promise.all([page.waitForNavigation(), page.press('input[name=password]', 'Enter')]);
    if (/sign-in/.test(page.url())) throw new Error(`${login} could not sign in`);
  }

  async track(page, which = 0) {
    await page.goto(this.address + '/track');
    await page.fill('input[name=no]', this.codes[which].number);
    await page.fill('input[name=code]', this.codes[which].code);
    await Promise.all([page.waitForNavigation(), page.click('main form button')]);
  }

  async close() { await this.browser.close(); }
}

// Nothing serious or worse, on this page as it stands.
export async function accessible(page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  const bad = found.violations.filter(v => ['serious', 'critical'].includes(v.impact));
  if (bad.length)
    throw new Error(`${where}: ` + bad.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`).join('; '));
}

// No sideways scrolling: everything fits the width.
export async function fits(page, where) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 1) throw new Error(`${where}: ${over} px wider than the window`);
}

export async function says(page, words) {
  const text = await page.locator('body').innerText();
  if (!text.replace(/\s+/g, '').includes(words.replace(/\s+/g, ''))) throw new Error(`${page.url()} does not say "${words}"`);
}

// An id number of a region that does not exist, with the right check digit.
export function idNumber(birth, n) {
  const digits = '990101' + birth + String(n).padStart(3, '0');
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return digits + '10X98765432'[[...digits].reduce((sum, d, i) => sum + d * weights[i], 0) % 11];
}
