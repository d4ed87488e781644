// With an input method (Japanese, Chinese, Korean, or an accent typed with two keys), Enter, Escape
// and the arrow keys choose words. During a composition these keys must do nothing else.
import type { Locator } from '@playwright/test';
import { expect, test } from '../support/fixtures.ts';

/** Dispatches a key as browsers report it during a composition. Safari sets only the key code. */
async function compose(target: Locator, key: string): Promise<void> {
    for (const how of [{ keyCode: 229, isComposing: false }, { keyCode: 229, isComposing: true }, { keyCode: 13, isComposing: true }]) {
        const init = { key, ...how };
        await target.dispatchEvent('keydown', init);
        // The browser must report the same values as those that the page checks.
        expect(
            await target.evaluate((_, init) => {
                const event = new KeyboardEvent('keydown', init);
                return [event.keyCode, event.isComposing];
            }, init),
        ).toEqual([how.keyCode, how.isComposing]);
    }
}

test('input method keys do not send, correct or cancel', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Said before');
    const room = await asPatient(ana, ana.room(chat));
    await room.message.fill('にほんご');
    await compose(room.message, 'Enter');
    await expect(room.message).toHaveValue('にほんご');
    await room.message.press('Enter');
    await room.expectTexts('Said before', 'にほんご');
    await room.expectAllSent();
    // In an empty field, ↑ starts a correction of the last message.
    await compose(room.message, 'ArrowUp');
    await expect(room.message).toHaveValue('');
    await room.message.press('ArrowUp');
    await expect(room.page.getByText('Correcting your message')).toBeVisible();
    await compose(room.message, 'Escape');
    await compose(room.message, 'Enter');
    await expect(room.page.getByText('Correcting your message')).toBeVisible();
    await expect(room.message).toHaveValue('にほんご');
    await room.message.press('Escape');
    await expect(room.page.getByText('Correcting your message')).toBeHidden();
    await room.expectTexts('Said before', 'にほんご');
});

test('input method keys do not choose a saved reply', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    for (const title of ['First', 'Second']) {
        const reply = { title, content: `The ${title} reply` };
        expect((await doctor.api.post('/api/saved-replies', { data: reply })).status()).toBe(201);
    }
    const room = await asDoctor(doctor, doctor.room(chat));
    await room.message.fill('/');
    const options = room.page.getByRole('listbox').getByRole('option');
    await expect(options).toHaveCount(2);
    const chosen = await room.message.getAttribute('aria-activedescendant');
    for (const key of ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape']) {
        await compose(room.message, key);
        await expect(options).toHaveCount(2);
        await expect(room.message).toHaveAttribute('aria-activedescendant', chosen ?? '');
        await expect(room.message).toHaveValue('/');
    }
    await room.message.press('ArrowDown');
    await expect(room.message).not.toHaveAttribute('aria-activedescendant', chosen ?? '');
    await room.message.press('Enter');
    await expect(room.message).toHaveValue('The Second reply');
});

test('input method keys do not leave the switcher or search', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'My left knee hurts');
    const room = await asDoctor(doctor, doctor.room(chat));
    const { page } = room;
    await room.log.click();
    await page.keyboard.press('Control+k');
    const switcher = page.getByRole('dialog', { name: 'Switch to a chat' });
    const wanted = switcher.getByRole('searchbox');
    await wanted.fill(ana.name);
    await expect(switcher.getByRole('button', { name: ana.name })).toBeVisible();
    for (const key of ['ArrowDown', 'ArrowUp', 'Enter', 'Escape']) {
        await compose(wanted, key);
        await expect(wanted).toBeFocused();
        await expect(wanted).toHaveValue(ana.name);
    }
    await page.keyboard.press('ArrowDown');
    await expect(switcher.getByRole('button', { name: ana.name })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(switcher).toBeHidden();

    await page.getByRole('button', { name: 'Search this chat' }).click();
    const words = page.getByLabel('Search for');
    await words.fill('knee');
    const found = page.getByRole('dialog').getByRole('link');
    await expect(found).toHaveCount(1);
    await compose(words, 'Escape');
    await expect(found).toHaveCount(1);
    await expect(words).toHaveValue('knee');
});

test('input method keys close no panel and are no shortcuts', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'A question');
    const room = await asDoctor(doctor, doctor.room(chat));
    const { page } = room;
    await page.getByLabel('Chat options').click();
    const archive = page.getByRole('button', { name: 'Archive', exact: true });
    await expect(archive).toBeVisible();
    await compose(archive, 'Escape');
    await expect(archive).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(archive).toBeHidden();

    await room.entry('A question').getByRole('button', { name: 'Message options' }).click();
    const reply = room.options.getByRole('button', { name: 'Reply' });
    await compose(reply, 'Escape');
    await expect(reply).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(reply).toBeHidden();

    await room.log.click();
    await compose(page.locator('.history'), 'e');
    await compose(page.locator('.history'), '?');
    await expect(page.getByRole('dialog')).toBeHidden();
    // If the composed key had been a shortcut, the chat would already be done.
    await expect(page.getByRole('button', { name: 'No reply needed' })).toBeVisible();
    await page.keyboard.press('e');
    await expect(page.getByText('Marked as done')).toBeVisible();
});
