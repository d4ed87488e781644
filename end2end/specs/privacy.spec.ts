// Names, emails and messages never appear in addresses and titles, which histories and logs store.
import type { Page } from '@playwright/test';
import { EntryPage, ChatPage, PatientPage } from '../support/pages.ts';
import { PASSWORD, expect, hydrated, test } from '../support/fixtures.ts';

test('addresses and titles contain nothing confidential', async ({ page, context, clinic, asDoctor }) => {
    const specialty = `Field ${clinic.word()}`;
    const doctor = await clinic.doctor(undefined, specialty);
    const name = `Ana ${clinic.word()}`;
    const email = clinic.email();
    const [question, answer] = ['My xylophone hurts', 'Take quinces'];
    const seen: string[] = [];
    const titled: Page[] = [page];
    const look = async () => {
        for (const page of titled) {
            seen.push(page.url(), await page.title());
        }
    };
    const theirs = await asDoctor(doctor);
    titled.push(theirs.page);
    for (const each of [context, theirs.page.context()]) {
        each.on('request', (request) => seen.push(request.url(), request.headers()['referer'] ?? ''));
    }

    await page.goto('/create-account');
    await hydrated(page);
    await look();
    await new EntryPage(page).createAccount(name, email, PASSWORD);
    await expect(page).toHaveURL('/patient');
    await hydrated(page);
    await look();
    const patient = new PatientPage(page);
    await patient.search.fill(`${specialty} zzzz`);
    await expect(patient.noResults).toBeVisible();
    await look();
    await patient.search.fill(specialty);
    await patient.chatWith(doctor.name).click();
    await patient.send(question);
    await theirs.expectUnread(name, 1);
    await look();
    await theirs.row(name).click();
    await theirs.expectTexts(question);
    await theirs.send(answer);
    await patient.expectTexts(question, answer);
    await look();
    await page.reload();
    await hydrated(page);
    await new ChatPage(page).expectTexts(question, answer);
    await look();
    await page.goto('/patient');
    await hydrated(page);
    await patient.signOut();
    await expect(page).toHaveURL('/sign-in');
    await new EntryPage(page).signIn(email, PASSWORD);
    await expect(page).toHaveURL('/patient');
    await look();

    expect(seen.length).toBeGreaterThan(20);
    const said = seen.map((text) => decodeURIComponent(text.replaceAll('+', ' ')).toLowerCase());
    for (const secret of [name, doctor.name, email, doctor.email, PASSWORD, question, answer, specialty, 'xylophone', 'quinces']) {
        expect(said.filter((text) => text.includes(secret.toLowerCase())), `“${secret}” must stay out`).toEqual([]);
    }
});

test('browser keeps nothing of a session after sign-out', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asPatient(ana, ana.room(chat));
    await view.send('Keep this to yourself');
    await view.expectAllSent();
    await view.message.fill('A draft nobody should find');
    await view.page.goto(ana.home);
    await hydrated(view.page);
    await view.signOut();
    await expect(view.page).toHaveURL('/sign-in');
    await hydrated(view.page);
    const kept = await view.page.evaluate(async () => {
        const caches = await window.caches.keys();
        const databases = await indexedDB.databases();
        return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, caches, databases.map((each) => each.name)]);
    });
    for (const secret of ['Keep this', 'A draft', ana.name, doctor.name, ana.email]) {
        expect(kept).not.toContain(secret);
    }
    // The device cookie contains no name.
    const cookies = (await view.page.context().cookies()).map((cookie) => cookie.name);
    expect(cookies.filter((name) => !/language|theme|device/.test(name))).toEqual([]);
});
