// Every page and state passes axe in the light and dark theme. Controls are large enough to tap.
import { expectAccessible } from '../support/axe.ts';
import { ChatPage, EntryPage, PatientPage } from '../support/pages.ts';
import { SocketTap } from '../support/socket.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${colorScheme} theme`, () => {
        const dark = colorScheme === 'dark' ? ['@slow', '@phone'] : [];
        test.use({ colorScheme });

        test('stranger pages pass axe', { tag: dark }, async ({ page, guard }) => {
            await page.goto('/sign-in');
            await hydrated(page);
            await expectAccessible(page, 'sign in');
            guard.expectStatus(401, '/fn/account/sign-in');
            await new EntryPage(page).signIn('nobody@example.org', 'no such password');
            await expect(page.getByText('The email or password is incorrect.')).toBeVisible();
            await expectAccessible(page, 'sign in, refused');
            await page.getByLabel('Settings').click();
            await expect(page.getByLabel('Theme')).toBeVisible();
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

        test('styleguide passes axe', { tag: '@slow' }, async ({ page }) => {
            test.slow();
            await page.goto('/styleguide');
            await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
            // The styleguide shows parts of pages side by side, so landmarks and ids repeat.
            const once = ['duplicate-id-aria', 'region', 'page-has-heading-one', 'heading-order', 'landmark-unique'];
            const main = ['landmark-no-duplicate-main', 'landmark-no-duplicate-banner', 'landmark-banner-is-top-level', 'landmark-main-is-top-level'];
            await expectAccessible(page, 'styleguide', [...once, ...main]);
        });

        test('patient pages pass axe', { tag: dark }, async ({ clinic, asPatient, guard }) => {
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
            await view.openOptions(view.entry('How are you?'));
            await expectAccessible(view.page, 'the options of a message');
            await view.options.getByRole('button', { name: 'Reply' }).click();
            await expectAccessible(view.page, 'answering');
            await view.send('Better');
            await view.expectAllSent();
            const own = view.entry('Better');
            await view.openOptions(own);
            await view.options.getByRole('button', { name: 'Unsend' }).click();
            await expectAccessible(view.page, 'question before unsending a message');
            await view.options.getByRole('button', { name: 'Unsend' }).click();
            await expect(view.page.getByText('You unsent this message')).toBeVisible();
            await expectAccessible(view.page, 'an unsent message');
            await view.send('Better late');
            await view.expectAllSent();
            await view.choose('Better late', 'Correct');
            await expectAccessible(view.page, 'correcting');
            await view.send('Better late than never');
            await expect(view.log.getByText('Corrected below')).toBeVisible();
            await expectAccessible(view.page, 'a correction');
            await view.message.fill('x'.repeat(9_990));
            await expect(view.page.getByText('10 characters left')).toBeVisible();
            await expectAccessible(view.page, 'room near the limit');
            await view.message.fill('I have chest pain since this morning');
            await view.sendButton.click();
            await expect(view.page.getByRole('alert').filter({ hasText: 'If this is an emergency' })).toBeVisible();
            await expectAccessible(view.page, 'whom to call');
            for (const option of ['Report to the clinic', 'Block']) {
                await view.page.getByLabel('Chat options').click();
                await view.page.getByRole('button', { name: option, exact: true }).click();
                await expect(view.page.getByRole('dialog')).toBeVisible();
                await expectAccessible(view.page, option);
                await view.page.keyboard.press('Escape');
                await expect(view.page.getByRole('dialog')).toBeHidden();
            }
            guard.expectStatus(404, '/patient/chat/');
            await view.page.goto(ana.room(987_654_321));
            await hydrated(view.page);
            await expectAccessible(view.page, 'no such chat');
        });

        test('doctor pages pass axe', { tag: dark }, async ({ clinic, asDoctor }) => {
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
        });

        test('admin page passes axe', { tag: ['@slow', '@phone'] }, async ({ clinic, visitAs }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const chat = await ana.initiate(doctor);
            expect((await ana.api.post(`/api/chats/${chat}/report`, { data: { reason: 'No answer' } })).status()).toBe(204);
            const page = await visitAs(await clinic.admin());
            const report = page.getByRole('listitem').filter({ hasText: ana.name });
            await expect(report).toBeVisible();
            await expectAccessible(page, 'admin');
            await report.getByRole('button', { name: 'Mark as resolved' }).click();
            await expect(report.getByRole('button')).toHaveCount(0);
            await expectAccessible(page, 'admin: a resolved report');
            await page.goto('/admin/safety');
            await hydrated(page);
            await page.getByLabel('Emergency number').fill('call me');
            await page.getByRole('button', { name: 'Save' }).first().click();
            await expect(page.getByText('Please use digits, spaces and + only.')).toBeVisible();
            await page.locator('summary', { hasText: 'Reset' }).last().click();
            await expect(page.getByText('Replace this list with the built-in one?').last()).toBeVisible();
            await expectAccessible(page, 'admin: a refused number, a question');
        });

        test('doctor tools pass axe', { tag: ['@slow', '@phone'] }, async ({ clinic, asDoctor }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const chat = await ana.initiate(doctor);
            await ana.say(chat, 'A question', 'And another');
            const view = await asDoctor(doctor, doctor.room(chat));
            const { page } = view;
            await page.getByRole('button', { name: 'Search this chat' }).click();
            await page.getByLabel('Search for').fill('question');
            await expect(page.getByRole('dialog').getByRole('link')).toHaveCount(1);
            await expectAccessible(page, 'search');
            await page.getByLabel('Search for').fill('nothing like this');
            await expect(page.getByText('No results')).toBeVisible();
            await expectAccessible(page, 'search that finds nothing');
            await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
            for (const [keys, dialog] of [['ControlOrMeta+k', 'Switch to a chat'], ['Shift+?', 'Keyboard shortcuts']] as const) {
                await view.log.click();
                await page.keyboard.press(keys);
                await expect(page.getByRole('dialog', { name: dialog })).toBeVisible();
                await expectAccessible(page, dialog);
                await page.keyboard.press('Escape');
                await expect(page.getByRole('dialog')).toBeHidden();
            }
            await view.message.fill('/');
            await expect(page.locator('.reply-picker').getByRole('listbox').or(page.getByText('No saved replies yet'))).toBeVisible();
            await expectAccessible(page, 'saved replies to choose from');
            await view.message.fill('');
            await page.getByLabel('Chat options').click();
            await expectAccessible(page, 'chat options');
            await page.getByRole('button', { name: 'Close chat' }).click();
            await expectAccessible(page, 'closing a chat');
            await page.getByLabel('Reason (shown to the patient)').fill('Get well soon!');
            await page.getByRole('dialog').getByRole('button', { name: 'Close chat' }).click();
            await expect(page.getByText('You closed this chat on')).toBeVisible();
            await expectAccessible(page, 'a closed chat');
            await page.getByRole('button', { name: 'Reopen' }).click();
            await page.getByRole('button', { name: 'No reply needed' }).click();
            await expect(page.getByText('Marked as done')).toBeVisible();
            await expectAccessible(page, 'done');
            await page.goto(`${doctor.home}/settings`);
            await hydrated(page);
            await expectAccessible(page, "doctor's settings");
            await page.getByLabel('Time zone').fill('Berlin');
            await page.getByRole('button', { name: 'Save', exact: true }).click();
            await expect(page.getByText('There is no such time zone.')).toBeVisible();
            await expectAccessible(page, "doctor's settings, refused");
            const reply = { title: 'Fasting', content: 'Eat nothing before the test.' };
            expect((await doctor.api.post('/api/saved-replies', { data: reply })).status()).toBe(201);
            await page.goto(`${doctor.home}/replies`);
            await hydrated(page);
            await expectAccessible(page, 'saved replies');
            const entry = page.getByRole('listitem').filter({ hasText: 'Eat nothing' });
            await entry.locator('summary', { hasText: 'Delete' }).click();
            await expect(entry.getByText('Delete this reply?')).toBeVisible();
            await expectAccessible(page, 'asked whether to delete a reply');
            await entry.getByRole('button', { name: 'Cancel' }).click();
            await entry.getByText('Edit', { exact: true }).click();
            await expect(page.getByRole('form', { name: 'Edit this reply' })).toBeVisible();
            await expectAccessible(page, 'changing a reply');
        });

        test('failed and offline messages pass axe', { tag: ['@slow', '@phone'] }, async ({ clinic, asPatient, guard }) => {
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

        test('loading and failed chat passes axe', { tag: ['@slow', '@phone'] }, async ({ clinic, asPatient, guard }) => {
            guard.expectStatus(503, '/fn/room/open');
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            await ana.initiate(doctor);
            const view = await asPatient(ana);
            let fail = () => {};
            const failing = new Promise<void>((resolve) => (fail = resolve));
            await view.page.route('**/fn/room/open*', async (route) => {
                await failing;
                await route.fulfill({ status: 503, json: { code: 'unavailable', retry_after_s: 2 } });
            });
            await view.row(doctor.name).click();
            await expect(view.page.getByRole('status', { name: 'Loading…' })).toBeVisible();
            // The heading is the name, which is not loaded yet.
            await expectAccessible(view.page, 'a chat on its way', ['page-has-heading-one']);
            fail();
            await expect(view.page.getByRole('alert')).toContainText('Something went wrong');
            await expectAccessible(view.page, 'a chat that did not come');
        });

        test('ended session notice passes axe', { tag: ['@slow', '@phone'] }, async ({ clinic, asPatient }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const view = await asPatient(ana);
            // The socket must be open first: the browser reports a refused socket.
            await ana.initiate(doctor);
            await expect(view.row(doctor.name)).toBeVisible();
            await ana.api.delete('/api/session');
            await expect(view.page.getByText('You have been signed out.')).toBeVisible();
            await expectAccessible(view.page, 'signed out elsewhere');
        });
    });
}

test('log announces sender and text once', { tag: '@slow' }, async ({ clinic, asPatient }) => {
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
    // Each name occurs once: assistive tools and voice control find elements by name.
    for (const label of ['Message', 'Conversation']) {
        await expect(view.page.getByLabel(label, { exact: true }), label).toHaveCount(1);
    }
});

test('controls are large enough to tap', { tag: '@phone' }, async ({ clinic, asPatient, asDoctor, visitAs, page, isPhone }) => {
    const [doctor, ana, admin] = [await clinic.doctor(), await clinic.patient(), await clinic.admin()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'A question', 'Another');
    expect((await ana.api.post(`/api/chats/${chat}/report`, { data: { reason: 'No answer' } })).status()).toBe(204);
    const reply = { title: 'Fasting', content: 'Eat nothing before the test.' };
    expect((await doctor.api.post('/api/saved-replies', { data: reply })).status()).toBe(201);
    const least = isPhone ? 44 : 24;
    // By touch, the message itself shows its options; its button is for screen readers.
    const controls = 'button:not(.message-more), select, input, summary, textarea, [role=option], a.button, a.icon-button, a.chat-row, nav a';
    const expectLarge = async (where: typeof page, what: string) => {
        const small = await where.locator(controls).filter({ visible: true }).evaluateAll(
            (elements, least) =>
                elements.flatMap((element) => {
                    // The label of a checkbox is part of its target.
                    const { width, height } = (element.closest('label.check') ?? element).getBoundingClientRect();
                    return Math.min(width, height) < least - 0.1 ? [`${width} × ${height}: ${element.outerHTML.slice(0, 120)}`] : [];
                }),
            least,
        );
        expect(small, what).toEqual([]);
    };
    await page.goto('/sign-in');
    await hydrated(page);
    await expectLarge(page, 'sign in');
    const theirs = await asDoctor(doctor);
    const patient = (await asPatient(ana)).page;
    const clinics = await visitAs(admin);
    for (const [view, paths] of [
        [patient, [ana.home, ana.room(chat)]],
        [theirs.page, [doctor.home, doctor.room(chat), '/doctor/replies', '/doctor/settings', '/doctor/notifications']],
        [clinics, [admin.home, '/admin/reports', '/admin/safety', '/admin/replies']],
    ] as const) {
        for (const path of paths) {
            await view.goto(path);
            await hydrated(view);
            await expect(view.getByRole('heading', { level: 1 })).toBeAttached();
            await expectLarge(view, path);
        }
    }
    await new ChatPage(patient).openOptions(patient.locator('.message').first());
    await expect(patient.getByRole('button', { name: 'Unsend' })).toBeVisible();
    await expectLarge(patient, 'the options of a message');
    await patient.getByLabel('Chat options').click();
    await expectLarge(patient, 'the options of a chat');
    await theirs.page.goto(doctor.room(chat));
    await hydrated(theirs.page);
    await theirs.message.fill('/');
    await expect(theirs.page.getByRole('option')).not.toHaveCount(0);
    await expectLarge(theirs.page, 'saved replies to choose from');
});

test('pages without script pass axe', { tag: '@slow' }, async ({ browser, clinic, page, baseURL }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await doctor.say(chat, 'Good morning');
    const open = async (person?: typeof ana) => {
        const context = await browser.newContext({ baseURL, javaScriptEnabled: false, ...(person ? { storageState: await person.api.storageState() } : {}) });
        return context.newPage();
    };
    // Axe needs script, so it checks a copy of the page that was rendered without script.
    const expectHeld = async (held: typeof page, what: string) => {
        const body = (await held.content()).replace(/<script[\s\S]*?<\/script>/g, '').replace(/<(\/?)noscript/g, '<$1div');
        await page.route('**/*', (route) => route.fulfill({ body, contentType: 'text/html' }), { times: 1 });
        await page.goto(held.url());
        await expectAccessible(page, what);
    };
    const [stranger, patient] = [await open(), await open(ana)];
    await stranger.goto('/sign-in');
    await new EntryPage(stranger).signIn('nobody@example.org', 'no such password');
    await expect(stranger.getByText('The email or password is incorrect.')).toBeVisible();
    await expectHeld(stranger, 'sign in, refused');
    for (const path of [ana.home, ana.room(chat)]) {
        await patient.goto(path);
        await expectHeld(patient, path);
    }
    await patient.goto(ana.home);
    const searched = new PatientPage(patient);
    await searched.search.fill('zzzz');
    await searched.search.press('Enter');
    await expect(searched.noResults).toBeVisible();
    await expectHeld(patient, 'the directory, nobody found');
    await stranger.context().close();
    await patient.context().close();
});
