// Conversation features: delivery status, replies, corrections, unsending and navigation.
import { expect, hydrated, test } from '../support/fixtures.ts';
import { Scroll } from '../support/scroll.ts';
import { tapped } from '../support/socket.ts';

test('sender sees Sent, Delivered and Read with the time', async ({
    clinic,
    asPatient,
    asDoctor,
}) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const patient = await asPatient(ana, ana.room(chat));
    await patient.send('Is anybody there?');
    const delivery = patient.entry('Is anybody there?').locator('.delivery');
    await expect(delivery).toHaveText('Sent');
    // The doctor's list marks it as delivered. The open room marks it as read.
    const home = await asDoctor(doctor);
    await expect(delivery).toHaveText(/^Delivered \d{1,2}:\d\d$/);
    await home.row(ana.name).click();
    await expect(delivery).toHaveText(/^Read \d{1,2}:\d\d$/);
    const seen = await delivery.textContent();
    await patient.page.reload();
    await hydrated(patient.page);
    await expect(delivery).toHaveText(seen ?? '');
    // An answer does not change the time of reading, live or after a reload.
    await home.send('Yes');
    await patient.expectTexts('Is anybody there?', 'Yes');
    await expect(delivery).toHaveText(seen ?? '');
    await patient.page.reload();
    await hydrated(patient.page);
    await expect(delivery).toHaveText(seen ?? '');
    // "Read" stays at the message that was read. The next message starts at "Sent".
    await home.page.close();
    await patient.send('And now?');
    await expect(patient.entry('And now?').locator('.delivery')).toHaveText('Sent');
    await expect(delivery).toHaveText(seen ?? '');
});

test('unsent message disappears for both members', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'First', 'My neighbour has the same', 'Third');
    const patient = await asPatient(ana, ana.room(chat));
    const theirs = await asDoctor(doctor, doctor.room(chat));
    await theirs.expectTexts('First', 'My neighbour has the same', 'Third');
    await expect(patient.entry('Third').locator('.delivery')).toHaveText(/^Read/);
    await patient.choose('My neighbour has the same', 'Unsend');
    await expect(patient.page.getByText('This message has already been read. Unsend it anyway?')).toBeVisible();
    await patient.log.getByRole('button', { name: 'Unsend', exact: true }).click();
    await patient.expectTexts('First', 'You unsent this message after it was read', 'Third');
    const left = [`${ana.name} unsent this message`];
    await theirs.expectTexts('First', ...left, 'Third');
    await theirs.page.reload();
    await hydrated(theirs.page);
    await theirs.expectTexts('First', ...left, 'Third');
    expect(await theirs.page.content()).not.toContain('neighbour');
    await expect(patient.log.getByRole('button', { name: 'Message options' })).toHaveCount(2);
});

test('messages of one person in a row share one time', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'First', 'Second', 'Third');
    await doctor.say(chat, 'Good morning');
    const room = await asPatient(ana, ana.room(chat));
    await room.expectTexts('First', 'Second', 'Third', 'Good morning');
    const withTime = () =>
        room.log.locator('.message').evaluateAll((messages) =>
            messages.filter((message) => message.querySelector('time')!.getBoundingClientRect().width > 1).map((message) => message.querySelector('p')!.textContent),
        );
    expect(await withTime()).toEqual(['Third', 'Good morning']);
    await room.send('Fourth');
    await expect.poll(withTime).toEqual(['Third', 'Good morning', 'Fourth']);
    await expect(room.log.locator('time')).toHaveCount(5);
});

test('tap on a message shows its options', { tag: '@phone-only' }, async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await doctor.say(chat, `See https://example.org/a ${'and then some '.repeat(20)}`);
    const room = await asPatient(ana, ana.room(chat));
    const bubble = room.log.locator('.bubble');
    const [{ width }, { width: whole }] = [(await bubble.boundingBox())!, (await room.log.boundingBox())!];
    expect(width / whole, 'nothing beside the bubble').toBeGreaterThan(0.83);
    // A link is followed instead.
    await expect(bubble.getByRole('link')).toHaveAttribute('href', 'https://example.org/a');
    await bubble.tap({ position: { x: 40, y: 60 } });
    await expect(room.options.getByRole('button', { name: 'Reply' })).toBeFocused();
    await expect(room.options).toContainText(String(new Date().getFullYear()));
    await bubble.tap({ position: { x: 40, y: 60 } });
    await expect(room.options).toHaveCount(0);
});

test('chat opened with a key has the focus in its field', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Good morning');
    const view = await asDoctor(doctor);
    await view.row(ana.name).press('Enter');
    await expect(view.page).toHaveURL(doctor.room(chat));
    await expect(view.message).toBeFocused();
});

test('home page of a doctor leads to the longest wait', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const { page } = await asDoctor(doctor);
    await expect(page.getByRole('heading', { name: 'Nobody is waiting for you' })).toBeVisible();
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'I was first');
    await expect(page.getByRole('heading', { name: '1 patient is waiting for you' })).toBeVisible();
    await ben.say(await ben.initiate(doctor), 'I came later');
    await expect(page.getByRole('heading', { name: '2 patients are waiting for you' })).toBeVisible();
    await expect(page.getByText(`${ana.name} has waited longest, since`)).toBeVisible();
    await page.getByRole('link', { name: 'Open the chat' }).click();
    await expect(page).toHaveURL(doctor.room(chat));
});

test('reply quotes and links the message that it answers', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Since Monday', 'And I take ibuprofen');
    const theirs = await asDoctor(doctor, doctor.room(chat));
    await theirs.choose('Since Monday', 'Reply');
    await expect(theirs.page.getByText(`Replying to ${ana.name}`)).toBeVisible();
    await expect(theirs.message).toBeFocused();
    await theirs.message.fill('Every day?');
    await theirs.sendButton.click();
    await expect(theirs.page.getByText(`Replying to ${ana.name}`)).toBeHidden();
    const patient = await asPatient(ana, ana.room(chat));
    const quote = patient.entry('Every day?').getByRole('link');
    await expect(quote).toContainText('You');
    await expect(quote).toContainText('Since Monday');
    await quote.click();
    await expect(patient.log.locator('.pointed-at')).toContainText('Since Monday');
    // A reply does not quote an unsent message.
    expect((await ana.api.post(`/api/chats/${chat}/messages/1/retract`)).status()).toBe(200);
    await expect(quote).toContainText('This message was unsent');
});

test('arrow key corrects the last message for both members', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'My left knee hurts');
    const patient = await asPatient(ana, ana.room(chat));
    await patient.message.press('ArrowUp');
    await expect(patient.message).toHaveValue('My left knee hurts');
    await patient.message.press('Escape');
    await expect(patient.message).toHaveValue('');
    await patient.message.press('ArrowUp');
    await patient.message.fill('My right knee hurts');
    await patient.message.press('Enter');
    const theirs = await asDoctor(doctor, doctor.room(chat));
    for (const view of [patient, theirs]) {
        await view.expectTexts('My left knee hurts', 'My right knee hurts');
        await expect(view.entry('My right knee hurts')).toContainText('Correction of');
        await expect(view.log.locator('.message').first()).toContainText('Corrected below');
    }
});

test('draft is kept while another message is corrected', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Helo');
    const patient = await asPatient(ana, ana.room(chat));
    await patient.message.fill('half a thought');
    await patient.choose('Helo', 'Correct');
    await expect(patient.message).toHaveValue('Helo');
    await patient.message.fill('Hello');
    await patient.sendButton.click();
    await patient.expectTexts('Helo', 'Hello');
    await expect(patient.message).toHaveValue('half a thought');
});

test('separator shows where reading stopped', { tag: '@slow' }, async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Old');
    await doctor.api.post(`/api/chats/${chat}/read`, { data: { seq: 1 } });
    await ana.say(chat, 'New', 'Newer');
    const theirs = await asDoctor(doctor, doctor.room(chat));
    const line = theirs.log.getByRole('separator').filter({ hasText: 'New messages' });
    await expect(line).toHaveCount(1);
    const top = async (text: string) => (await theirs.bubble(text).first().boundingBox())?.y ?? Number.NaN;
    const at = (await line.boundingBox())?.y ?? Number.NaN;
    expect(await top('Old')).toBeLessThan(at);
    expect(at).toBeLessThan(await top('Newer'));
});

test('long history keeps the page small and quotes lead back', { tag: '@slow' }, async ({
    clinic,
    asPatient,
}) => {
    test.slow();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    // More messages than the page draws: 400 and the part that is being loaded.
    const [count, DRAWN_MAX] = [520, 450];
    for (let seq = 1; seq <= count; seq += 1) {
        await ana.say(chat, `Line ${seq}.`);
    }
    const answer = { clientId: crypto.randomUUID(), content: 'About the third', replyTo: 3 };
    expect((await doctor.api.post(`/api/chats/${chat}/messages`, { data: answer })).status()).toBe(200);
    const room = await asPatient(ana, ana.room(chat));
    const scroll = new Scroll(room);
    const drawn = () => room.log.locator('.message').count();
    await room.entry('About the third').getByRole('link').click();
    await expect(room.bubble('Line 3.')).toBeInViewport();
    // Scrolls from there to the end.
    await expect(async () => {
        await scroll.to(1);
        expect(await drawn()).toBeLessThanOrEqual(DRAWN_MAX);
        await expect(room.bubble('About the third')).toBeInViewport({ timeout: 200 });
    }).toPass({ timeout: 30_000 });
    await expect(async () => {
        await scroll.to(0);
        expect(await drawn()).toBeLessThanOrEqual(DRAWN_MAX);
        await expect(room.bubble('Line 1.')).toBeInViewport({ timeout: 200 });
    }).toPass({ timeout: 30_000 });
    // Far from the end, a button announces new messages and leads to them.
    await doctor.say(chat, 'Something new');
    await expect(room.newest).toHaveText('1 new message');
    await room.newest.click();
    await expect(room.bubble('Something new')).toBeInViewport();
    await expect(room.newest).toBeHidden();
});

test('typing notice shows until the message is sent', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const patient = await asPatient(ana, ana.room(chat), { before: (page) => page.clock.install() });
    const theirs = await asDoctor(doctor, doctor.room(chat));
    // A page sends typing notices only after its socket is open.
    await ana.say(chat, 'Hello');
    await theirs.expectTexts('Hello');
    await patient.expectTexts('Hello');
    const writing = patient.page.getByText(`${doctor.name} is typing…`);
    await theirs.message.pressSequentially('Go');
    await expect(writing).toBeVisible();
    await expect(theirs.page.getByText('is typing…')).toHaveCount(0);
    await theirs.message.pressSequentially('od morning');
    await theirs.sendButton.click();
    await expect(patient.bubble('Good morning')).toBeVisible();
    await expect(writing).toHaveCount(0);
    // The notice ends when the doctor stops typing.
    await theirs.message.pressSequentially('Well');
    await expect(writing).toBeVisible();
    await patient.page.clock.runFor(6_500);
    await expect(writing).toHaveCount(0);
});

test('typing is reported at most every three seconds', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const room = await asPatient(ana, ana.room(chat), { before });
    await doctor.say(chat, 'How is it?');
    await room.expectTexts('How is it?');
    const began = Date.now();
    await room.message.pressSequentially('Better');
    const said = tap().count('typing');
    expect(said).toBeGreaterThan(0);
    expect(said, 'every three seconds at most').toBeLessThanOrEqual(1 + (Date.now() - began) / 3_000);
    // It is reported again while typing continues.
    await expect
        .poll(async () => {
            await room.message.press('!');
            return tap().count('typing');
        })
        .toBeGreaterThan(said);
});

test('copied message keeps its exact text', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const text = 'Take *two*,\n\n\tthen  <rest>';
    await doctor.say(chat, text);
    const room = await asPatient(ana, ana.room(chat), { permissions: ['clipboard-read', 'clipboard-write'] });
    await room.choose('Take *two*, then <rest>', 'Copy');
    await expect.poll(() => room.page.evaluate(() => navigator.clipboard.readText())).toBe(text);
});

test('longest and right-to-left messages are shown whole', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const longest = `Begin ${'word '.repeat(1_900)}${'x'.repeat(488)} End`;
    expect(longest).toHaveLength(10_000 - 2);
    await doctor.say(chat, longest, 'שלום 123 (abc)');
    const room = await asPatient(ana, ana.room(chat));
    await expect(room.texts).toHaveText([/^Begin word .* End$/, 'שלום 123 (abc)']);
    expect(await room.texts.first().textContent()).toBe(longest);
    const hebrew = room.texts.last();
    expect(await hebrew.evaluate((text) => [getComputedStyle(text).direction, getComputedStyle(text).unicodeBidi])).toEqual([
        'rtl',
        expect.stringMatching(/isolate|plaintext/),
    ]);
    expect(await room.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out').toBe(true);
});

test('keyboard shortcuts switch chats and are listed', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient(`Ben ${clinic.word()}`)];
    const [first, second] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    const view = await asDoctor(doctor, doctor.room(first));
    await view.message.focus();
    await view.page.keyboard.press('Control+k');
    const switcher = view.page.getByRole('dialog', { name: 'Switch to a chat' });
    await expect(switcher.getByRole('searchbox')).toBeFocused();
    await view.page.keyboard.type('nobody of that name');
    await expect(switcher.getByText('No chats match your search')).toBeVisible();
    await switcher.getByRole('searchbox').fill(ben.name.toUpperCase());
    await view.page.keyboard.press('Enter');
    await expect(view.page).toHaveURL(new RegExp(`/doctor/chat/${second}$`));
    await expect(switcher).toBeHidden();
    // A question mark typed into a message is not a shortcut.
    await view.message.press('Shift+?');
    await expect(view.message).toHaveValue('?');
    const button = view.page.getByRole('button', { name: 'Keyboard shortcuts' });
    await view.account.click();
    await button.click();
    const help = view.page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await expect(help).toContainText('Switch to another chat');
    await view.page.keyboard.press('Escape');
    await expect(help).toBeHidden();
    // The focus returns to the menu.
    await expect(view.account).toBeFocused();
    await view.rows.first().focus();
    await view.page.keyboard.press('Shift+?');
    await expect(help).toBeVisible();
});

test('page title counts unread messages and nothing else', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asDoctor(doctor);
    await expect(view.page).toHaveTitle('Patients · Bedside');
    await ana.say(chat, 'One', 'Two');
    await expect(view.page).toHaveTitle('(2) Patients · Bedside');
    await view.row(ana.name).click();
    await expect(view.page).toHaveTitle('Conversation · Bedside');
});

test('links and phone numbers work and dates do not break', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const address = `https://example.org/${'results/'.repeat(12)}?of=2026-11-25&call=555-123-4567`;
    const text = `On 2026-11-25, take 2 x 500 mg. ${'Please '.repeat(9)}call +34 900 123 456 or (030) 123-4567. ${address}`;
    await doctor.say(chat, text);
    const room = await asPatient(ana, ana.room(chat));
    const message = room.texts.last();
    await expect(message).toHaveText(text);
    const links = message.getByRole('link');
    await expect(links).toHaveText(['+34 900 123 456', '(030) 123-4567', address]);
    const to = await links.evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(to).toEqual(['tel:+34900123456', 'tel:0301234567', address]);
    // At every width.
    for (const width of [320, 347, 390, 700]) {
        await room.page.setViewportSize({ width, height: 800 });
        const lines = await message.locator('.figure').evaluateAll((figures) =>
            figures.map((figure) => {
                const range = document.createRange();
                range.selectNodeContents(figure);
                return new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size;
            }),
        );
        expect(lines, `at ${width} px`).toEqual([1, 1, 1]);
        expect(await message.evaluate((message) => message.scrollWidth <= message.clientWidth)).toBe(true);
    }
});
