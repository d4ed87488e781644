// Every page and state, light and dark, passes axe; and the whole path works by keyboard alone.
import type { Page } from '@playwright/test';
import { expectAccessible } from '../support/axe.ts';
import { ChatPage, EntryPage, PatientPage } from '../support/pages.ts';
import { SocketTap } from '../support/socket.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`in ${colorScheme} colours`, () => {
        test.use({ colorScheme });

        test('pages for strangers', async ({ page, guard }) => {
            await page.goto('/sign-in');
            await hydrated(page);
            await expectAccessible(page, 'sign in');
            guard.expectStatus(401, '/fn/account/sign-in');
            await new EntryPage(page).signIn('nobody@example.org', 'no such password');
            await expect(page.getByText('The email or the password is not right.')).toBeVisible();
            await expectAccessible(page, 'sign in, refused');
            await page.getByLabel('Settings').click();
            await expect(page.getByLabel('Colours')).toBeVisible();
            await expectAccessible(page, 'settings');

            await page.goto('/create-account');
            await hydrated(page);
            await expectAccessible(page, 'create account');
            guard.expectStatus(422, '/fn/account/sign-up');
            await new EntryPage(page).createAccount('Ana', 'ana@example.org', 'short');
            await expect(page.getByText('Please use 15 characters or more.')).toBeVisible();
            await expectAccessible(page, 'create account, refused');

            guard.expectStatus(404, '/nowhere');
            await page.goto('/nowhere');
            await hydrated(page);
            await expectAccessible(page, 'not found');
        });

        test("a patient's pages", async ({ clinic, asPatient, guard }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const chat = await ana.initiate(doctor);
            const view = await asPatient(ana);
            await expect(view.chatWith(doctor.name).or(view.page.getByText('Show more doctors')).first()).toBeVisible();
            await expectAccessible(view.page, 'directory');
            await view.search.fill('zzzz nobody');
            await expect(view.noResults).toBeVisible();
            await expectAccessible(view.page, 'directory without results');
            await view.page.goto(ana.room(chat));
            await hydrated(view.page);
            await expectAccessible(view.page, 'empty room');
            await view.send('Hello https://example.org');
            await view.expectAllSent();
            await doctor.say(chat, 'Hello', 'How are you?');
            await expect(view.texts).toHaveCount(3);
            await expectAccessible(view.page, 'room');
            await view.entry('How are you?').getByRole('button', { name: 'Message options' }).click();
            await expectAccessible(view.page, 'the options of a message');
            await view.options.getByRole('button', { name: 'Reply' }).click();
            await expectAccessible(view.page, 'answering');
            await view.send('Better');
            await view.expectAllSent();
            const own = view.entry('Better');
            await own.getByRole('button', { name: 'Message options' }).click();
            await view.options.getByRole('button', { name: 'Take back' }).click();
            await expectAccessible(view.page, 'asked whether to take a message back');
            await view.options.getByRole('button', { name: 'Take back' }).click();
            await expect(view.page.getByText('You took this message back')).toBeVisible();
            await expectAccessible(view.page, 'a message that was taken back');
            await view.message.fill('x'.repeat(9_990));
            await expect(view.page.getByText('10 characters left')).toBeVisible();
            await expectAccessible(view.page, 'room near the limit');
            guard.expectStatus(404, '/patient/chat/');
            await view.page.goto(ana.room(987_654_321));
            await hydrated(view.page);
            await expectAccessible(view.page, 'no such chat');
        });

        test("a doctor's and an admin's pages", async ({ clinic, asDoctor, visitAs }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const view = await asDoctor(doctor);
            await expectAccessible(view.page, 'doctor without patients');
            const chat = await ana.initiate(doctor);
            await ana.say(chat, 'One', 'Two');
            await view.expectUnread(ana.name, 2);
            await expectAccessible(view.page, 'doctor with unread messages');
            await view.row(ana.name).click();
            await view.expectTexts('One', 'Two');
            await expectAccessible(view.page, "doctor's room");
            await view.page.goto(`${doctor.home}/notifications`);
            await hydrated(view.page);
            await expect(view.page.getByRole('main').getByRole('status').first()).not.toBeEmpty();
            await expectAccessible(view.page, 'notifications');
            await expectAccessible(await visitAs(await clinic.admin()), 'admin');
        });

        test("a doctor's day", async ({ clinic, asDoctor }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const chat = await ana.initiate(doctor);
            await ana.say(chat, 'A question', 'And another');
            const view = await asDoctor(doctor, doctor.room(chat));
            const { page } = view;
            await page.getByRole('button', { name: 'Search this chat' }).click();
            await page.getByLabel('What was said').fill('question');
            await expect(page.getByRole('dialog').getByRole('link')).toHaveCount(1);
            await expectAccessible(page, 'search');
            await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
            await page.getByLabel('Chat options').click();
            await expectAccessible(page, 'chat options');
            await page.getByRole('button', { name: 'Close this chat' }).click();
            await expectAccessible(page, 'closing a chat');
            await page.getByRole('dialog').getByRole('button', { name: 'Close this chat' }).click();
            await expect(page.getByText('You closed this chat on')).toBeVisible();
            await expectAccessible(page, 'a closed chat');
            await page.getByRole('button', { name: 'Open it again' }).click();
            await page.getByRole('button', { name: 'No reply needed' }).click();
            await expect(page.getByText('Marked as done.')).toBeVisible();
            await expectAccessible(page, 'done');
            await page.goto(`${doctor.home}/settings`);
            await hydrated(page);
            await expectAccessible(page, "doctor's settings");
            await page.goto(`${doctor.home}/replies`);
            await hydrated(page);
            await expectAccessible(page, 'saved replies');
        });

        test('what goes wrong', async ({ clinic, asPatient, guard }) => {
            guard.expectNoNetwork();
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const chat = await ana.initiate(doctor);
            let tap: SocketTap | undefined;
            const view = await asPatient(ana, ana.room(chat), {
                before: async (page) => {
                    tap = await SocketTap.on(page);
                },
            });
            tap?.refuse('unavailable');
            await view.send('Not this time');
            await expect(view.log.getByText('Not sent')).toBeVisible();
            await expectAccessible(view.page, 'not sent');
            await view.page.context().setOffline(true);
            await expect(view.banner).toBeVisible();
            await view.send('Later');
            await expect(view.log.getByText('Sending…')).toBeVisible();
            await expectAccessible(view.page, 'offline');
        });

        test('a session that ended', async ({ clinic, asPatient }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const view = await asPatient(ana);
            // Live, not only rendered: a socket still on its way would be refused, which the browser reports.
            await ana.initiate(doctor);
            await expect(view.row(doctor.name)).toBeVisible();
            await ana.api.delete('/api/session');
            await expect(view.page.getByText('You have been signed out.')).toBeVisible();
            await expectAccessible(view.page, 'signed out elsewhere');
        });
    });
}

test('the conversation is a log that reads out who, what and when once', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asPatient(ana, ana.room(chat));
    await ana.say(chat, 'From me');
    await doctor.say(chat, 'From the doctor');
    await view.expectTexts('From me', 'From the doctor');
    await expect(view.log).toHaveAttribute('aria-live', 'polite');
    await expect(view.log).toHaveAttribute('aria-relevant', 'additions');
    await expect(view.log).toContainText(/You\s*:\s*From me/);
    await expect(view.log).toContainText(new RegExp(`${doctor.name}\\s*:\\s*From the doctor`));
    // One thing per name: assistive tools and voice control go by them.
    for (const label of ['Message', 'Conversation']) {
        await expect(view.page.getByLabel(label, { exact: true }), label).toHaveCount(1);
    }
});

test('nothing on a phone is too small to tap', async ({ clinic, asPatient, isPhone }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asPatient(ana);
    const least = isPhone ? 44 : 24;
    for (const path of [ana.home, ana.room(chat)]) {
        await view.page.goto(path);
        await hydrated(view.page);
        for (const control of await view.page.locator('button:visible, select:visible, input:visible, summary:visible, textarea:visible').all()) {
            const box = await control.boundingBox();
            expect(box?.height, `${path}: ${await control.evaluate((element) => element.outerHTML.slice(0, 120))}`).toBeGreaterThanOrEqual(least);
        }
    }
});

test('a person who wants less motion gets none', async ({ page }) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto('/sign-in');
    await hydrated(page);
    const moving = await page.evaluate(() =>
        [...document.querySelectorAll('*')].filter((element) => {
            const { transitionDuration, animationName } = getComputedStyle(element);
            return transitionDuration.split(', ').some((time) => parseFloat(time) > 0.01) || animationName !== 'none';
        }).length,
    );
    expect(moving).toBe(0);
});

/** Presses Tab until the control has the focus. */
async function tabTo(page: Page, name: string | RegExp, role: 'button' | 'link' | 'textbox'): Promise<void> {
    const target = page.getByRole(role, { name });
    await expect(target).toBeVisible();
    for (let step = 0; step < 60; step += 1) {
        if (await target.evaluate((element) => element === document.activeElement)) {
            return;
        }
        await page.keyboard.press('Tab');
    }
    throw new Error(`Tab does not reach ${role} ${name}`);
}

test('by keyboard alone: skip, sign in, choose a doctor, write, send', async ({ page, clinic }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    await page.goto('/sign-in');
    await hydrated(page);
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to content' });
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(page.getByLabel('Email')).toBeFocused();
    await page.keyboard.type(ana.email);
    await page.keyboard.press('Tab');
    await expect(page.getByLabel('Password')).toBeFocused();
    await page.keyboard.type(ana.password);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL('/patient');
    await hydrated(page);
    const patient = new PatientPage(page);
    await patient.search.focus();
    await page.keyboard.type(doctor.name.slice(-10));
    await expect(page.getByRole('button', { name: /^Chat with/ })).toHaveCount(1);
    await tabTo(page, `Chat with ${doctor.name}`, 'button');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/patient\/chat\/\d+$/);
    await tabTo(page, 'Message', 'textbox');
    await page.keyboard.type('Written without a mouse');
    await tabTo(page, 'Send', 'button');
    await page.keyboard.press('Enter');
    const room = new ChatPage(page);
    await room.expectTexts('Written without a mouse');
    await room.expectAllSent();
});
