// Hydration runs in pieces. What a user does meanwhile is neither lost nor handled by a page that
// is only partly hydrated.
import type { Page } from '@playwright/test';
import { expect, hydrated, test } from '../support/fixtures.ts';
import { PatientPage } from '../support/pages.ts';

/** Runs `act` in the page when hydration has started and is not complete. */
async function halfway(page: Page, act: string): Promise<void> {
    // Slows the CPU down, so hydration needs more than one piece.
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await page.addInitScript(`
        window.turns = 0;
        const { Suspending } = WebAssembly;
        WebAssembly.Suspending = function (giveWay) {
            return new Suspending(async () => {
                turns += 1;
                if (document.body.dataset.live) throw new Error('this is too late');
                if (turns === 3) { ${act} }
                await giveWay();
            });
        };`);
}

test('text typed during hydration is kept and can be sent', async ({ clinic, browse }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello');
    const page = await (await browse({ storageState: await ana.api.storageState() })).newPage();
    await halfway(
        page,
        `const field = document.getElementById('message');
         field.value = 'Typed meanwhile';
         field.dispatchEvent(new InputEvent('input', { bubbles: true }));`,
    );
    await page.goto(ana.room(chat));
    await hydrated(page);
    expect(await page.evaluate('turns')).toBeGreaterThan(3);
    const room = new PatientPage(page);
    await expect(room.message).toHaveValue('Typed meanwhile');
    await room.sendButton.click();
    await room.expectTexts('Hello', 'Typed meanwhile');
    await room.expectAllSent();
});

test('link clicked during hydration is followed by the browser', async ({ clinic, browse }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const page = await (await browse({ storageState: await ana.api.storageState() })).newPage();
    await halfway(page, `document.querySelector('a.back')?.click();`);
    await page.goto(ana.room(chat));
    await page.waitForURL('**/patient');
    await hydrated(page);
    // The router would have changed only the address.
    expect(await page.evaluate(() => new URL(performance.getEntriesByType('navigation')[0]?.name ?? '').pathname)).toBe('/patient');
});

test('page hydrates where WebAssembly cannot suspend', async ({ clinic, browse }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const page = await (await browse({ storageState: await ana.api.storageState() })).newPage();
    await page.addInitScript('delete WebAssembly.Suspending; delete WebAssembly.promising;');
    await page.goto(ana.room(chat));
    await hydrated(page);
    const room = new PatientPage(page);
    await room.send('Hello');
    await room.expectTexts('Hello');
    await room.expectAllSent();
});
