// The pictures that docs/ shows: pictures.mjs URL ADMIN_TOKEN DIR
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [base, adminToken, folder] = process.argv.slice(2);
const pictures = [
  { name: 'dashboard', path: '/dashboard', width: 1200, height: 652, locale: 'en-US', colorScheme: 'light' },
  { name: 'dashboard.zh-CN', path: '/dashboard', width: 1200, height: 652, locale: 'zh-CN', colorScheme: 'light' },
  { name: 'keys-dark', path: '/keys?size=10', width: 1200, height: 758, locale: 'en-US', colorScheme: 'dark' },
  { name: 'phone', path: '/dashboard', width: 390, height: 844, locale: 'zh-CN', colorScheme: 'dark' },
];

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  for (const { name, path, width, height, locale, colorScheme } of pictures) {
    const context = await browser.newContext({ viewport: { width, height }, locale, colorScheme });
    const page = await context.newPage();
    await page.goto(`${base}/`);
    await page.fill('#auth_token', adminToken);
    await page.click('button.primary');
    await page.waitForURL('**/dashboard');
    await page.goto(base + path);
    await page.screenshot({ path: `${folder}/${name}.png` });
    await context.close();
  }
} finally {
  await browser.close();
}
