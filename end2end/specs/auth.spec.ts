// Sign-in, sign-up and sign-out: their error messages, and what remains after sign-out.
import { EntryPage } from '../support/pages.ts';
import { PASSWORD, expect, hydrated, test } from '../support/fixtures.ts';

test('wrong password and unknown email get the same answer', async ({ page, clinic }) => {
    const ana = await clinic.patient();
    await page.goto('/sign-in');
    await hydrated(page);
    const entry = new EntryPage(page);
    const note = page.getByRole('alert').filter({ hasText: 'The email or password is incorrect.' });
    await entry.signIn(ana.email, 'not my password at all');
    await expect(note).toBeVisible();
    await expect(page).toHaveURL('/sign-in');
    await expect(entry.email).toHaveValue(ana.email);
    await page.reload();
    await hydrated(page);
    await expect(note).toBeHidden();
    await entry.signIn(clinic.email(), ana.password);
    await expect(note).toBeVisible();
    await entry.signIn(ana.email, ana.password);
    await expect(page).toHaveURL('/patient');
});

test('short password is explained at its field', async ({ page, clinic }) => {
    const says = /Please use 15 characters or more\./;
    await page.goto('/create-account');
    await hydrated(page);
    const entry = new EntryPage(page);
    const email = clinic.email();
    await expect(entry.password).toHaveAccessibleDescription(/15 characters or more/);
    await expect(entry.password).not.toHaveAttribute('aria-invalid', 'true');
    await entry.createAccount('Ana Test', email, 'too short');
    await expect(entry.password).toHaveAttribute('aria-invalid', 'true');
    await expect(entry.password).toHaveAccessibleDescription(says);
    await expect(page.getByText(says)).toBeVisible();
    await expect(entry.email).not.toHaveAttribute('aria-invalid', 'true');
    await entry.password.focus();
    await expect(entry.password).toBeFocused();
    // Correct fields keep their values. Only the password must be typed again.
    await expect(entry.email).toHaveValue(email);
    await entry.password.fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page).toHaveURL('/patient');
});

test('sign-up refuses an email that has an account', async ({ page, clinic }) => {
    const ana = await clinic.patient();
    await page.goto('/create-account');
    await hydrated(page);
    await new EntryPage(page).createAccount('Ana Again', ana.email.toUpperCase(), PASSWORD);
    await expect(page.getByRole('alert').filter({ hasText: 'There is already an account with this email.' })).toBeVisible();
    await expect(page).toHaveURL('/create-account');
});

test('sign-out leads to sign-in and Back shows nothing', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Only for us');
    const view = await asPatient(ana, ana.room(chat));
    await view.expectTexts('Only for us');
    await view.page.goto(ana.home);
    await hydrated(view.page);
    // The socket must be open first: the server refuses a socket whose user signs out meanwhile.
    await doctor.say(chat, 'Not for anybody else');
    await expect(view.row(doctor.name)).toContainText('Not for anybody else');
    await view.signOut();
    await expect(view.page).toHaveURL('/sign-in');
    for (const _ of ['home', 'room']) {
        await view.page.goBack();
        await expect(view.page.getByRole('button', { name: 'Sign in' })).toBeVisible();
        await expect(view.page.getByText('Only for us')).toHaveCount(0);
        await expect(view.page.getByText(doctor.name)).toHaveCount(0);
    }
    expect((await view.page.request.get('/api/session')).status()).toBe(401);
});
