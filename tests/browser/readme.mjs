// The pictures of the README, from the example city (tools/shots).
import { writeFileSync } from 'node:fs';
import { open, press, PHONE } from './city.mjs';

const [, , address, demoLog, into, noticeFile] = process.argv;
const city = await open(address, demoLog);
const size = { width: 1280, height: 800 };
const take = (page, name, options = {}) => page.screenshot({ path: `${into}/${name}.png`, ...options });

const head = await city.as('zhaoming', size);
await head.goto(city.address + '/orders?view=unit');
await head.locator('tbody input[name=ids]').nth(1).check();
await head.locator('tbody input[name=ids]').nth(4).check();
await take(head, 'worklist');

// An order whose dates were paused once: the strip of days has something to explain.
const officer = await city.as('chenliqun', { width: 1280, height: 1000 });
await officer.goto(city.address + '/orders?view=unit&step=examining');
const orders = await officer.locator('tbody a[data-open]').evaluateAll(all => all.map(e => e.getAttribute('href')));
for (const href of orders) {
  await officer.goto(city.address + href);
  if (await officer.locator('.strip li.pause').count()) break;
}
await take(officer, 'order');
const paper = officer.locator('a[href*="/papers/"]:has-text("一次性告知")').first();
const notice = await paper.count() ? paper : null;
if (!notice) throw new Error('no order under examination had a one-time notice');
writeFileSync(noticeFile, await (await officer.request.get(city.address + await notice.getAttribute('href'))).body());

const clerk = await city.as('zhoumin', { width: 1280, height: 900 });
await clerk.goto(city.address + '/orders/new');
await clerk.fill('input[name="parties[0].identity.paper_number"]', '990101197603150423');
await clerk.fill('input[name="parties[0].identity.name"]', '赵小禾');
await clerk.fill('input[name="parties[0].identity.phone"]', '13900002675');
await clerk.fill('textarea[name="content"]', '在工地干了四个月，包工头一直不发工资，只打了一张欠条。同村还有三个人也没拿到。');
await clerk.selectOption('select[name="matter"]', 'legal-aid-wage');
await clerk.fill('input[name="subject"]', '工地欠薪四个月');
await clerk.locator('#aside:has-text("材料")').waitFor();
await clerk.waitForTimeout(1500);
await clerk.evaluate(() => scrollTo(0, 0));
await take(clerk, 'register');

const citizen = await city.page(PHONE, { deviceScaleFactor: 1.5 });
await citizen.goto(city.address + '/');
await take(citizen, 'home');
await citizen.goto(city.address + '/ask?q=' + encodeURIComponent('离婚后孩子归谁抚养'));
await take(citizen, 'ask');
await city.track(citizen, city.code('补材料'));
await take(citizen, 'track');
await city.close();
