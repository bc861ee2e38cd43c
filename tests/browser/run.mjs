// Stories in the browser: clerk, handler, caller, head, citizen; at a desk and on a phone; with and
// without JavaScript.  `run.mjs ADDRESS DEMO-LOG [WORDS OF A NAME | --shots FOLDER]`
import { open } from './city.mjs';
import { staff } from './staff.mjs';
import { citizens } from './citizens.mjs';
import { asking } from './ask.mjs';
import { pages } from './pages.mjs';
import { shots } from './shots.mjs';

const [, , address, demoLog, mode, folder] = process.argv;
const city = await open(address, demoLog);

if (mode === '--shots') {
  await shots(city, folder);
} else {
  const began = Date.now();
  let failed = 0, run = 0;
  for (const [name, story] of Object.entries({ ...staff, ...citizens, ...asking, ...pages })) {
    if (mode && !name.includes(mode)) continue;
    const from = Date.now();
    run++;
    try {
      await story(city);
      console.log(`ok    ${name} (${Date.now() - from} ms)`);
    } catch (error) {
      failed++;
      console.log(`FAIL  ${name}\n      ${error.message.split('\n').slice(0, 8).join('\n      ')}`);
    } finally {
      await Promise.all(city.browser.contexts().map(context => context.close()));
    }
  }
  console.log(`${run - failed} of ${run} stories pass, ${Math.round((Date.now() - began) / 1000)} s`);
  process.exitCode = failed || !run ? 1 : 0;
}
await city.close();
