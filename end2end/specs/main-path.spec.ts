// From sign-up to a conversation: account, directory, chat, live in both directions.
import { EntryPage, PatientPage } from '../support/pages.ts';
import { PASSWORD, expect, hydrated, test } from '../support/fixtures.ts';

test('stranger signs up, finds a doctor and they talk', { tag: '@phone' }, async ({ page, clinic, asDoctor }) => {
    const doctor = await clinic.doctor();
    const name = `Ana ${clinic.word()}`;
    const theirs = await asDoctor(doctor);

    await page.goto('/');
    await expect(page).toHaveURL('/sign-in');
    await hydrated(page);
    await page.getByRole('link', { name: 'Create account' }).click();
    await expect(page).toHaveURL('/create-account');
    await new EntryPage(page).createAccount(name, clinic.email(), PASSWORD);
    await expect(page).toHaveURL('/patient');
    await hydrated(page);

    const patient = new PatientPage(page);
    await expect(patient.chats).toContainText('Choose a doctor to start.');
    await patient.search.fill(doctor.name);
    await patient.chatWith(doctor.name).click();
    await expect(page).toHaveURL(/\/patient\/chat\/\d+$/);
    await expect(page.getByText(`Describe what you need help with. ${doctor.name} will answer in this chat.`)).toBeVisible();

    await patient.send('Good morning, my knee hurts.');
    await theirs.row(name).click();
    await theirs.expectTexts('Good morning, my knee hurts.');
    await theirs.send('Since when?');
    await patient.expectTexts('Good morning, my knee hurts.', 'Since when?');
    await patient.send('Since Monday.');
    await theirs.expectTexts('Good morning, my knee hurts.', 'Since when?', 'Since Monday.');
    await expect(page.getByText('This is the beginning of your conversation.')).toBeVisible();
});

test('search without results says so and can be cleared', async ({ clinic, asPatient }) => {
    const doctor = await clinic.doctor();
    const patient = await asPatient(await clinic.patient());
    await patient.search.fill('zzzz nobody zzzz');
    await expect(patient.noResults).toBeVisible();
    await patient.clearSearch.click();
    await expect(patient.noResults).toBeHidden();
    await expect(patient.search).toHaveValue('');
    await expect(patient.page).toHaveURL('/patient');
    await patient.search.fill(doctor.name);
    await expect(patient.chatWith(doctor.name)).toBeVisible();
});

test('search survives Back and reload and stays out of the URL', async ({ clinic, asPatient }) => {
    const doctor = await clinic.doctor();
    const patient = await asPatient(await clinic.patient());
    const { page } = patient;
    const othersAreLeftOut = async () => {
        await expect(patient.search).toHaveValue(doctor.name);
        await expect(page.locator('.doctor')).toHaveCount(1);
        await expect(page).toHaveURL('/patient');
    };
    await patient.search.fill(doctor.name);
    await othersAreLeftOut();
    await patient.chatWith(doctor.name).click();
    await expect(page).toHaveURL(/chat/);
    await page.goBack();
    await othersAreLeftOut();
    await page.reload();
    await hydrated(page);
    await othersAreLeftOut();
});

test('Back undoes showing more doctors', async ({ clinic, asPatient }) => {
    const word = clinic.word();
    const [one, two] = await Promise.all([clinic.doctor(`Dr. Ada ${word}`), clinic.doctor(`Dr. Bo ${word}`)]);
    const patient = await asPatient(await clinic.patient());
    // A page of the directory has fifty doctors. Here it has one.
    await patient.page.route('**/fn/doctor/list', async (route) => {
        const { query } = route.request().postDataJSON() as { query: object };
        await route.continue({ postData: JSON.stringify({ query: { ...query, limit: 1 } }) });
    });
    await patient.search.fill(word);
    await expect(patient.chatWith(two.name)).toBeHidden();
    await patient.page.getByRole('button', { name: 'Show more doctors' }).click();
    await expect(patient.chatWith(two.name)).toBeVisible();
    await expect(patient.chatWith(one.name)).toBeHidden();
    await expect(patient.page).toHaveURL('/patient');
    await patient.page.goBack();
    await expect(patient.chatWith(one.name)).toBeVisible();
    await expect(patient.chatWith(two.name)).toBeHidden();
    await expect(patient.search).toHaveValue(word);
});

test('search field keeps focus and every letter while typing', async ({ clinic, asPatient }) => {
    const doctor = await clinic.doctor();
    const patient = await asPatient(await clinic.patient());
    await patient.search.click();
    // Slower than the pause that starts a search, so results arrive during typing.
    await patient.search.pressSequentially(doctor.name.slice(-8), { delay: 320 });
    await expect(patient.search).toBeFocused();
    await expect(patient.search).toHaveValue(doctor.name.slice(-8));
    await expect(patient.chatWith(doctor.name)).toBeVisible();
});

test('starting a chat twice opens the same chat', async ({ clinic, asPatient }) => {
    const [doctor, person] = [await clinic.doctor(), await clinic.patient()];
    const chat = await person.initiate(doctor);
    const patient = await asPatient(person);
    await patient.search.fill(doctor.name);
    await patient.chatWith(doctor.name).dblclick();
    await expect(patient.page).toHaveURL(person.room(chat));
});

test('messages keep their order and a double click sends once', async ({ clinic, asPatient }) => {
    const [doctor, person] = [await clinic.doctor(), await clinic.patient()];
    const chat = await person.initiate(doctor);
    const patient = await asPatient(person, person.room(chat));
    const texts = Array.from({ length: 12 }, (_, index) => `Number ${index + 1}.`);
    // The browser does not ask for a text after the second click.
    await patient.message.evaluate((field) => field.addEventListener('invalid', () => (document.documentElement.dataset.asked = 'yes')));
    for (const text of texts) {
        await patient.message.fill(text);
        await patient.sendButton.dblclick();
    }
    await patient.expectTexts(...texts);
    await patient.expectAllSent();
    expect((await doctor.messages(chat)).map((message) => message.content)).toEqual(texts);
    await expect(patient.page.locator('html')).not.toHaveAttribute('data-asked');
    await patient.page.reload();
    await patient.expectTexts(...texts);
});

test('markup stays text and a web address becomes a safe link', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, person] = [await clinic.doctor(), await clinic.patient()];
    const chat = await person.initiate(doctor);
    const patient = await asPatient(person, person.room(chat));
    const theirs = await asDoctor(doctor, doctor.room(chat));
    const markup = '<img src=x onerror="alert(1)"><b>bold</b> & &amp; <script>alert(2)</script>';
    await patient.send(markup);
    await patient.send('See https://example.org/a?b=c. And javascript:alert(1)');
    for (const view of [patient, theirs]) {
        await view.expectTexts(markup, 'See https://example.org/a?b=c. And javascript:alert(1)');
        const links = view.log.getByRole('link');
        await expect(links).toHaveCount(1);
        await expect(links).toHaveAttribute('href', 'https://example.org/a?b=c');
        await expect(links).toHaveAttribute('rel', /\bnoopener\b.*\bnoreferrer\b/);
    }
    // The page rendered by the server does so too.
    await theirs.page.reload();
    await theirs.expectTexts(markup, 'See https://example.org/a?b=c. And javascript:alert(1)');
});

test('message keeps its line breaks and spaces', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, person] = [await clinic.doctor(), await clinic.patient()];
    const chat = await person.initiate(doctor);
    const theirs = await asDoctor(doctor, doctor.room(chat));
    const patient = await asPatient(person, person.room(chat));
    const text = 'Morning: 2 pills\nEvening:  1 pill\n\nThank you';
    await patient.send(text);
    await expect(theirs.bubble('Morning')).toHaveText(text, { useInnerText: true });
    await expect.poll(() => theirs.bubble('Morning').innerText()).toBe(text);
    expect((await doctor.messages(chat))[0]?.content).toBe(text);
});

test('Enter sends on desktop and breaks the line on a phone', { tag: '@phone' }, async ({ clinic, asPatient, isPhone }) => {
    const [doctor, person] = [await clinic.doctor(), await clinic.patient()];
    const chat = await person.initiate(doctor);
    const patient = await asPatient(person, person.room(chat));
    await patient.message.fill('First');
    await patient.message.press('Shift+Enter');
    await patient.message.pressSequentially('second');
    await expect(patient.message).toHaveValue('First\nsecond');
    await patient.message.press('Enter');
    if (isPhone) {
        await expect(patient.message).toHaveValue('First\nsecond\n');
        await expect(patient.texts).toHaveCount(0);
    } else {
        await expect(patient.message).toHaveValue('');
        await patient.expectTexts('First second');
        await patient.expectAllSent();
        expect((await doctor.messages(chat))[0]?.content).toBe('First\nsecond');
    }
});

test('blank message is not sent and the limit is shown', async ({ clinic, asPatient }) => {
    const [doctor, person] = [await clinic.doctor(), await clinic.patient()];
    const chat = await person.initiate(doctor);
    const patient = await asPatient(person, person.room(chat));
    await patient.message.fill('   \n ');
    await patient.sendButton.click();
    await patient.message.fill('é'.repeat(9_900));
    await expect(patient.page.getByText('100 characters left')).toBeVisible();
    await patient.message.fill('é'.repeat(10_003));
    await expect(patient.page.getByText('3 characters too long')).toBeVisible();
    await patient.sendButton.click();
    await expect(patient.message).toHaveValue('é'.repeat(10_003));
    await patient.send('Short');
    await patient.expectTexts('Short');
});

test('composer stays at the bottom of the window', { tag: '@phone' }, async ({ clinic, asPatient, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const room = await asPatient(ana, ana.room(await ana.initiate(doctor)));
    const height = room.page.viewportSize()?.height ?? 0;
    const gap = async () => {
        const box = await room.message.boundingBox();
        return height - ((box?.y ?? 0) + (box?.height ?? 0));
    };
    await expect.poll(gap).toBeLessThan(40);
    await expect.poll(gap).toBeGreaterThanOrEqual(0);
    // Also with a banner above it.
    await room.page.context().setOffline(true);
    await expect(room.banner).toBeVisible();
    await expect.poll(gap).toBeLessThan(40);
    await expect.poll(gap).toBeGreaterThanOrEqual(0);
});
