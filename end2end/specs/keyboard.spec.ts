// The main flows with the keyboard only. The focus is always visible.
import type { Locator, Page } from '@playwright/test';
import { expectFocusSeen } from '../support/layout.ts';
import { ChatPage } from '../support/pages.ts';
import { expect, hydrated, test, type Person } from '../support/fixtures.ts';

test.use({ viewport: { width: 1280, height: 800 } });

/** Presses Tab or Shift+Tab until the target has the focus. */
async function tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await expect(target).toBeVisible();
    for (let step = 0; step < 80; step += 1) {
        if (await target.evaluate((element) => element === document.activeElement)) {
            return;
        }
        await target.page().keyboard.press(key);
    }
    throw new Error(`${key} does not reach ${target}`);
}

/** Moves to a control with Tab and activates it with Enter. */
async function press(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await tabTo(target, key);
    await target.press('Enter');
}

async function signIn(page: Page, person: Person): Promise<void> {
    await page.goto('/sign-in');
    await hydrated(page);
    await tabTo(page.getByLabel('Email'));
    await page.keyboard.type(person.email);
    await tabTo(page.getByLabel('Password'));
    await page.keyboard.type(person.password);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(person.home);
    await hydrated(page);
}

test('patient does everything with the keyboard', async ({ page, clinic }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const { keyboard } = page;
    await page.goto('/sign-in');
    await hydrated(page);
    await keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to content' });
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport();
    await keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();
    await signIn(page, ana);

    await tabTo(page.getByLabel('Search doctors'));
    await keyboard.type(doctor.name.slice(-10));
    await expect(page.getByRole('button', { name: /^Chat with/ })).toHaveCount(1);
    await press(page.getByRole('button', { name: `Chat with ${doctor.name}` }));
    await expect(page).toHaveURL(/\/patient\/chat\/\d+$/);

    const room = new ChatPage(page);
    await tabTo(room.message);
    await keyboard.type('My left knee hurts');
    await press(room.sendButton);
    await room.expectTexts('My left knee hurts');
    await room.expectAllSent();
    await expect(room.message).toBeFocused();
    await keyboard.press('ArrowUp');
    await keyboard.press('ControlOrMeta+a');
    await keyboard.type('My right knee hurts');
    await keyboard.press('Enter');
    await room.expectTexts('My left knee hurts', 'My right knee hurts');
    await keyboard.type('Not meant for you');
    await keyboard.press('Enter');
    await room.expectAllSent();

    const wrong = room.entry('Not meant for you');
    await press(wrong.getByRole('button', { name: 'Message options' }), 'Shift+Tab');
    await expect(room.options.getByRole('button', { name: 'Reply' })).toBeFocused();
    await press(room.options.getByRole('button', { name: 'Unsend' }));
    await expect(room.options.getByRole('button', { name: 'Unsend' })).toBeFocused();
    await keyboard.press('Enter');
    await expect(room.log.getByText('You unsent this message')).toBeVisible();

    await press(page.getByRole('button', { name: 'Search this chat' }), 'Shift+Tab');
    const dialog = page.getByRole('dialog', { name: 'Search messages' });
    await expect(dialog.getByLabel('Search for')).toBeFocused();
    await keyboard.type('left');
    await press(dialog.getByRole('link', { name: 'My left knee hurts' }));
    await expect(dialog).toBeHidden();
    await expect(room.log.locator('.pointed-at')).toContainText('My left knee hurts');

    await press(room.account, 'Shift+Tab');
    await tabTo(page.getByLabel('Theme'));
    await keyboard.type('Dark');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await press(page.getByRole('button', { name: 'Sign out' }));
    await expect(page).toHaveURL('/sign-in');
});

test('doctor does everything with the keyboard', async ({ page, clinic }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient('Ben Ode')];
    const [anas, bens] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(anas, 'I was first');
    await ben.say(bens, 'I came later');
    const reply = { title: 'Fasting', content: 'Please eat nothing before the test, {patient}.' };
    expect((await doctor.api.post('/api/saved-replies', { data: reply })).status()).toBe(201);
    const { keyboard } = page;
    await signIn(page, doctor);
    const room = new ChatPage(page);
    await expect(room.rows).toContainText([ana.name, ben.name]);
    await press(room.rows.first());
    await room.expectTexts('I was first');

    await tabTo(room.message);
    await keyboard.type('/fast');
    await expect(page.getByRole('listbox').getByRole('option')).toHaveText([/^Fasting/]);
    await keyboard.press('Enter');
    await expect(room.message).toHaveValue(`Please eat nothing before the test, ${ana.name}.`);
    await keyboard.press('Enter');
    await room.expectTexts('I was first', `Please eat nothing before the test, ${ana.name}.`);
    await room.expectAllSent();

    await press(page.getByLabel('Chat options'), 'Shift+Tab');
    await press(page.getByRole('button', { name: 'Close chat' }));
    const dialog = page.getByRole('dialog', { name: 'Close chat' });
    await expect(dialog.getByLabel('Reason (shown to the patient)')).toBeFocused();
    await keyboard.type('All is well.');
    await press(dialog.getByRole('button', { name: 'Close chat' }));
    await expect(dialog).toBeHidden();
    await expect(page.getByText('Reason: All is well.')).toBeVisible();
    await expect(page.getByLabel('Chat options')).toBeFocused();
    await press(page.getByRole('button', { name: 'Reopen' }));
    await expect(room.message).toBeVisible();
    await tabTo(room.message);
});

test('admin does everything with the keyboard', async ({ page, clinic }) => {
    const [doctor, ana, admin] = [await clinic.doctor(), await clinic.patient(), await clinic.admin()];
    const chat = await ana.initiate(doctor);
    expect((await ana.api.post(`/api/chats/${chat}/report`, { data: { reason: 'No answer for days' } })).status()).toBe(204);
    const { keyboard } = page;
    await signIn(page, admin);
    const entry = page.getByRole('listitem').filter({ hasText: `${ana.name} about ${doctor.name}` });
    await press(entry.getByRole('button', { name: 'Mark as resolved' }));
    await expect(entry.getByText(/^Resolved on .*\d/)).toBeVisible();

    await press(page.getByRole('link', { name: 'Safety' }), 'Shift+Tab');
    await expect(page.getByRole('heading', { name: 'Safety' })).toBeVisible();
    await hydrated(page);
    const section = page.locator('section').filter({ has: page.getByLabel('Signs of an emergency, in English') });
    const form = section.locator('form').first();
    const list = form.getByLabel('Signs of an emergency, in English');
    const before = await list.inputValue();
    await tabTo(list);
    await keyboard.press('ControlOrMeta+End');
    await keyboard.press('Enter');
    await keyboard.type('fell down the stairs');
    await press(form.getByRole('button', { name: 'Save' }));
    await expect(form.getByText('Saved', { exact: true })).toBeVisible();
    await expect(list).toHaveValue(/fell down the stairs/);
    await press(section.locator('summary', { hasText: 'Reset' }));
    await press(section.getByRole('button', { name: 'Reset' }));
    await expect(list).toHaveValue(before);
});

test('dialog keeps focus, returns it and closes on Escape', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asPatient(ana, ana.room(chat));
    const { page } = view;
    const opener = page.getByRole('button', { name: 'Search this chat' });
    await press(opener);
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByLabel('Search for')).toBeFocused();
    for (let step = 0; step < 8; step += 1) {
        await page.keyboard.press('Tab');
        expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null || document.activeElement === document.body)).toBe(true);
    }
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(opener).toBeFocused();
});

for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, viewport] of Object.entries({ wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } })) {
        const tag = size === 'wide' && colorScheme === 'light' ? [] : '@slow';
        test(`focus is always visible: ${size}, ${colorScheme}`, { tag }, async ({ page, clinic, asPatient, asDoctor, visitAs }) => {
            test.slow();
            const look = { colorScheme, viewport };
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const chat = await ana.initiate(doctor);
            await ana.say(chat, 'See https://example.org', ...Array.from({ length: 12 }, (_, index) => `Line ${index + 1}\nand more of it`));
            const answer = { clientId: crypto.randomUUID(), content: 'About the first', replyTo: 1 };
            expect((await ana.api.post(`/api/chats/${chat}/messages`, { data: answer })).status()).toBe(200);
            await page.setViewportSize(viewport);
            await page.emulateMedia({ colorScheme });
            await page.goto('/sign-in');
            await hydrated(page);
            await expectFocusSeen(page, 'sign in', 6);
            const view = await asPatient(ana, ana.home, look);
            await expectFocusSeen(view.page, 'directory', 6);
            await view.page.goto(ana.room(chat));
            await hydrated(view.page);
            // From the composer backwards through all messages, under the app bar and the
            // button to the newest messages.
            await expectFocusSeen(view.page, 'room', 16);
            await view.page.getByRole('button', { name: 'Search this chat' }).click();
            await view.page.getByLabel('Search for').fill('line');
            await expect(view.page.getByRole('dialog').getByRole('link')).not.toHaveCount(0);
            await expectFocusSeen(view.page, 'search', 4);
            const theirs = await asDoctor(doctor, doctor.home, look);
            await expectFocusSeen(theirs.page, 'inbox', 8);
            for (const part of ['settings', 'replies']) {
                await theirs.page.goto(`/doctor/${part}`);
                await hydrated(theirs.page);
                await expectFocusSeen(theirs.page, part, 4);
            }
            await expectFocusSeen(await visitAs(await clinic.admin(), '/admin', look), 'admin', 7);
        });
    }
}
