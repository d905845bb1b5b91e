// Looks at every page of the admin in Chromium: pages.mjs URL ADMIN_TOKEN CLIENT_TOKEN SCREENSHOT_DIR
// Prints one fault in each line; nothing when all is well.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base, adminToken, clientToken, shots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pages = ['/dashboard', '/keys', '/keys/1', '/tokens', '/tokens/1', '/requests', '/errors', '/config',
  '/config/history', '/audit', '/help', '/playground'];
const looks = [];
for (const width of [390, 1280])
  for (const scheme of ['light', 'dark'])
    for (const locale of ['en-US', 'zh-CN'])
      looks.push({ width, scheme, locale, script: true });
looks.push({ width: 1280, scheme: 'light', locale: 'en-US', script: false });

const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);

async function signIn(page) {
  await page.goto(`${base}/`);
  await page.fill('#auth_token', adminToken);
  await page.click('button.primary');
  await page.waitForURL('**/dashboard');
}

// What is wrong with the page that is open.
async function inspect(page, where, look) {
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wider > 0) fault(where, `${wider} pixels wider than the window`);
  if (!look.script) return;
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const each of found.violations.filter((one) => ['serious', 'critical'].includes(one.impact)))
    fault(where, `${each.id}: ${each.nodes.slice(0, 2).map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

async function walk(browser, look) {
  const name = `${look.width}-${look.scheme}-${look.locale}${look.script ? '' : '-noscript'}`;
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 }, colorScheme: look.scheme, locale: look.locale,
    javaScriptEnabled: look.script, bypassCSP: false,
  });
  const page = await context.newPage();
  let where = 'login';
  page.on('console', (message) => message.type() === 'error' && fault(`${name} ${where}`, message.text()));
  page.on('pageerror', (error) => fault(`${name} ${where}`, error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) fault(`${name} ${where}`, `asks ${request.url()}`);
  });
  await signIn(page);
  for (const path of pages) {
    where = path;
    const answer = await page.goto(base + path);
    if (answer.status() !== 200) fault(`${name} ${path}`, `status ${answer.status()}`);
    await inspect(page, `${name} ${path}`, look);
    await page.screenshot({ path: `${shots}/${path.slice(1).replaceAll('/', '-')}-${name}.png`, fullPage: true });
  }
  await context.close();
}

// What people do, with scripts.
async function use(browser) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US' });
  const page = await context.newPage();
  page.on('pageerror', (error) => fault('use', error.message));
  await signIn(page);

  await page.goto(`${base}/keys`);
  await page.click('[data-all]');
  if (await page.textContent('[data-selected]') !== 'Selected: 3') fault('keys', 'select all does not count');
  await page.click('button[name=action][value=delete]');
  if (!await page.isVisible('#confirm[open]')) fault('keys', 'deleting does not ask');
  await page.click('#confirm [data-close]');

  await page.goto(`${base}/config`);
  await page.fill('.groups input[type=search]', 'consecutive faults');
  if (await page.locator('.setting:visible').count() !== 1) fault('settings', 'finding one does not work');
  await page.fill('#f-MAX_FAILURES', 'abc');
  await page.click('.save-bar button');
  await page.waitForSelector('#s-MAX_FAILURES .field-error');
  if (await page.inputValue('#f-MAX_FAILURES') !== 'abc') fault('settings', 'what was typed is lost');
  await page.fill('#f-MAX_FAILURES', '4');
  await page.click('.save-bar button');
  await page.waitForSelector('.flash.good');

  await page.goto(`${base}/playground`);
  await page.fill('#try-token', clientToken);
  await page.click('form.playground button.primary');
  await page.waitForFunction(() => document.querySelector('[data-fact=whole]').textContent !== '');
  if (await page.textContent('[data-fact=status]') !== '200') fault('playground', await page.textContent('[data-answer]'));
  await context.close();
}

mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  for (const look of looks) await walk(browser, look);
  await use(browser);
} finally {
  await browser.close();
}
if (faults.length) console.log(faults.join('\n'));
