// Script takes a page over in pieces: what somebody does meanwhile is neither lost nor answered by half a page.
import type { Page } from '@playwright/test';
import { expect, hydrated, test } from '../support/fixtures.ts';
import { PatientPage } from '../support/pages.ts';

/** Does something in the page once a part of it is taken over and the rest is not. */
async function halfway(page: Page, act: string): Promise<void> {
    // However fast the machine: more than one piece.
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

test('what is typed while the page is taken over stays, and can be sent', async ({ clinic, browse }) => {
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

test('a link that is pressed while the page is taken over leads on, by the browser itself', async ({ clinic, browse }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const page = await (await browse({ storageState: await ana.api.storageState() })).newPage();
    await halfway(page, `document.querySelector('a.back')?.click();`);
    await page.goto(ana.room(chat));
    await page.waitForURL('**/patient');
    await hydrated(page);
    // The program would have changed the address only.
    expect(await page.evaluate(() => new URL(performance.getEntriesByType('navigation')[0]?.name ?? '').pathname)).toBe('/patient');
});

test('where WebAssembly cannot wait, the page is taken over all the same', async ({ clinic, browse }) => {
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
