// The main flows work without JavaScript: forms, links and reloads.
import { EntryPage, PatientPage } from '../support/pages.ts';
import { PASSWORD, expect, test } from '../support/fixtures.ts';

test.beforeEach(({ guard }) => {
    // The page preloads the program, which a browser without script does not run.
    guard.expectTrouble(/^console warning: The resource \S+\.wasm was preloaded using link preload but not used/);
});

test('patient and doctor talk without script', async ({ page, clinic, asDoctor }) => {
    const doctor = await clinic.doctor();
    const name = `Ana ${clinic.word()}`;
    await page.goto('/');
    await expect(page).toHaveURL('/sign-in');
    await page.getByRole('link', { name: 'Create account' }).click();
    await new EntryPage(page).createAccount(name, clinic.email(), PASSWORD);
    await expect(page).toHaveURL('/patient');

    const patient = new PatientPage(page);
    await patient.search.fill(doctor.name);
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await expect(page).toHaveURL('/patient');
    await expect(patient.search).toHaveValue(doctor.name);
    await patient.chatWith(doctor.name).click();
    await expect(page).toHaveURL(/\/patient\/chat\/\d+$/);
    await patient.send('Good morning\nand <b>good day</b>');
    await expect(page).toHaveURL(/\/patient\/chat\/\d+\??$/);
    await patient.expectTexts('Good morning and <b>good day</b>');
    await expect(patient.message).toHaveValue('');
    await patient.send('Second');
    await patient.expectTexts('Good morning and <b>good day</b>', 'Second');

    const theirs = await asDoctor(doctor);
    await theirs.expectUnread(name, 2);
    await theirs.row(name).click();
    await theirs.expectTexts('Good morning and <b>good day</b>', 'Second');
    await theirs.page.locator('button', { hasText: 'Mark as read' }).click();
    await expect(theirs.page).toHaveURL(/\/doctor\/chat\/\d+\??$/);
    await expect(theirs.page.locator('button', { hasText: 'Mark as read' })).toHaveCount(0);
    await theirs.expectUnread(name, 0);
    await theirs.send('How can I help?');
    await theirs.expectTexts('Good morning and <b>good day</b>', 'Second', 'How can I help?');

    await page.reload();
    await patient.expectTexts('Good morning and <b>good day</b>', 'Second', 'How can I help?');
    await page.goto('/patient');
    await patient.signOut();
    await expect(page).toHaveURL('/sign-in');
    await page.goto('/patient');
    await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test('empty message is not sent and a reload stores no duplicate', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const room = await asPatient(ana, ana.room(chat));
    await room.send('   ');
    await expect(room.page).toHaveURL(new RegExp(`${ana.room(chat)}(\\?.*)?$`));
    await expect(room.page.getByText('Please write something first.')).toBeVisible();
    await room.send('Once');
    await room.expectTexts('Once');
    await room.page.reload();
    await room.expectTexts('Once');
    expect(await doctor.messages(chat)).toHaveLength(1);
});

test('language and theme can be chosen without script', async ({ page }) => {
    await page.goto('/sign-in');
    await page.getByLabel('Settings').click();
    await page.getByLabel('Language').selectOption('Español');
    await page.getByLabel('Theme').selectOption('Dark');
    await page.locator('button', { hasText: 'Apply' }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await expect(page.locator('html')).toHaveAttribute('lang', 'es');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await expect(page.getByRole('button', { name: 'Iniciar sesión' })).toBeVisible();
});
