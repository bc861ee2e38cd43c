// Pictures of every page kind, for whoever wants to look.
import { mkdirSync } from 'node:fs';
import { press, PHONE, DESK, WIDE } from './city.mjs';

export async function shots(city, into) {
  mkdirSync(into, { recursive: true });
  const take = (page, name, fullPage = false) => page.screenshot({ path: `${into}/${name}.png`, fullPage });
  for (const [size, viewport] of [['1280', DESK], ['360', PHONE], ['1920', WIDE]]) {
    const clerk = await city.as('zhoumin', viewport);
    for (const [name, path] of [['worklist', '/orders?view=unit'], ['worklist-mine', '/orders?view=mine'], ['register', '/orders/new'], ['account', '/account']]) {
      await clerk.goto(city.address + path);
      await take(clerk, `${name}-${size}`);
    }
    const officer = await city.as('chenliqun', viewport);
    await officer.goto(city.address + '/orders?view=unit&step=examining');
    await press(officer, 'tbody tr a[data-open]');
    await take(officer, `order-${size}`, true);
    for (const [login, path] of [['zhaoming', '/orders'], ['shilei', '/admin/units'], ['shenjian', '/audit']]) {
      const page = await city.as(login, viewport);
      await page.goto(city.address + path);
      await take(page, `${login}-${size}`);
    }
  }
  const citizen = await city.page(PHONE);
  for (const [name, path] of [
    ['home', '/'], ['ask', '/ask?q=' + encodeURIComponent('老板拖欠四个月工资，没签合同，怎么要回来？')], ['guide', '/guide?q=' + encodeURIComponent('讨薪')], ['matter', '/guide/legal-aid-wage'], ['places', '/places'], ['speak', '/speak'], ['error', '/no-such-page'],
    ['apply', '/apply/start/legal-aid-wage'], ['sign-in', '/track'],
    ['home-elder', '/?elder=1'], ['apply-elder', '/apply/start/legal-aid-wage'], ['home-again', '/?elder=0'],
  ]) {
    await citizen.goto(city.address + path);
    await take(citizen, `citizen-${name}`, true);
  }
  for (const [name, state] of [['missing', '补材料'], ['open', '正在办理'], ['closed', '已经办结']]) {
    await city.track(citizen, city.code(state));
    await take(citizen, `citizen-track-${name}`, true);
  }
  await city.track(citizen, city.code('正在办理'));
  for (const path of ['why', 'looks', 'supplement', 'complain']) {
    await citizen.goto(city.address + '/track/' + path);
    await take(citizen, `citizen-${path}`, true);
  }
}
