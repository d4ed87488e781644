// Forms keep what a user typed: before hydration, during saving, and next to other open forms.
import type { Page, Route } from '@playwright/test';
import { expect, hydrated, test } from '../support/fixtures.ts';
import { accountButton } from '../support/pages.ts';

/** Holds requests to the address back. The returned function lets them through. */
async function held(page: Page, address: string): Promise<() => void> {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
        release = resolve;
    });
    await page.route(address, async (route: Route) => {
        await released;
        await route.continue();
    });
    return release;
}

/** Opens a page and holds its script back. The returned function lets the script through. */
async function late(page: Page, path: string): Promise<() => void> {
    const release = await held(page, '**/pkg/*.wasm');
    await page.goto(path, { waitUntil: 'commit' });
    return release;
}

test('search and language chosen before hydration are applied', async ({ clinic, browse }) => {
    const [ana, wanted, other] = [await clinic.patient(), await clinic.doctor(), await clinic.doctor()];
    const page = await (await browse({ storageState: await ana.api.storageState() })).newPage();
    const goOn = await late(page, '/patient');
    await page.getByLabel('Search doctors').fill(wanted.name);
    await accountButton(page).click();
    await page.getByLabel('Language').selectOption('Español');
    goOn();
    await hydrated(page);
    await expect(page.getByRole('heading', { name: 'Encuentre un médico' })).toBeVisible();
    await expect(page.getByLabel('Buscar médicos')).toHaveValue(wanted.name);
    await expect(page.getByRole('button', { name: `Chatear con ${wanted.name}` })).toBeVisible();
    await expect(page.getByRole('button', { name: `Chatear con ${other.name}` })).toHaveCount(0);
});

test('doctor edits two replies side by side and focus follows', async ({ clinic, asDoctor }) => {
    const doctor = await clinic.doctor();
    for (const title of ['Alpha', 'Beta', 'Gamma']) {
        const answer = await doctor.api.post('/api/saved-replies', { data: { title, content: `${title} text` } });
        expect(answer.status()).toBe(201);
    }
    const { page } = await asDoctor(doctor, '/doctor/replies');
    const entries = page.getByRole('main').getByRole('listitem');
    const edit = (n: number) => entries.nth(n).getByText('Edit', { exact: true });
    await edit(0).click();
    await entries.nth(0).getByLabel('Text').fill('Half a thought');
    await edit(1).click();
    await entries.nth(1).getByLabel('Title').fill('Beta, changed');
    await entries.nth(1).getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { name: 'Beta, changed' })).toBeVisible();
    await expect(edit(1)).toBeFocused();
    await expect(entries.nth(0).getByLabel('Text')).toHaveValue('Half a thought');
    await entries.nth(0).getByRole('button', { name: 'Cancel' }).click();
    await expect(edit(0)).toBeFocused();
    await expect(entries.nth(0)).toContainText('Alpha text');
    // After a deletion, the focus moves to the next entry, else to the one before, else to the note
    // that the list is empty.
    const remove = async (n: number) => {
        await entries.nth(n).locator('summary', { hasText: 'Delete' }).click();
        await entries.nth(n).getByRole('button', { name: 'Delete' }).click();
    };
    await remove(0);
    await expect(entries.filter({ hasText: 'Beta, changed' }).getByText('Edit', { exact: true })).toBeFocused();
    await remove(1);
    await expect(edit(0)).toBeFocused();
    await expect(page.getByRole('heading', { name: 'Gamma' })).toHaveCount(0);
    await remove(0);
    await expect(page.locator('#no-replies')).toBeFocused();
});

test('form keeps what is typed while it is being saved', async ({ clinic, asDoctor }) => {
    const { page } = await asDoctor(await clinic.doctor(), '/doctor/replies');
    const add = page.getByRole('form', { name: 'Add a reply', exact: true });
    const goOn = await held(page, '**/fn/clinic/reply-add');
    await add.getByLabel('Title').fill('Fasting');
    await add.getByLabel('Text').fill('Nothing to eat');
    await add.getByRole('button', { name: 'Save' }).click();
    await add.getByLabel('Text').fill('Nothing to eat, nor to drink');
    goOn();
    await expect(page.getByRole('heading', { name: 'Fasting' })).toBeVisible();
    await expect(add.getByLabel('Text')).toHaveValue('Nothing to eat, nor to drink');
    await expect(add.getByText('Saved', { exact: true })).toHaveCount(0);

    await page.goto('/doctor/settings');
    await hydrated(page);
    const saved = page.getByRole('status').filter({ hasText: 'Saved' });
    const goOnSaving = await held(page, '**/fn/doctor/save-settings');
    const save = page.locator('#save');
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await save.click();
    await expect(save).toBeDisabled();
    await page.getByLabel('Time zone').fill('Europe/Madrid');
    goOnSaving();
    await expect(save).toBeEnabled();
    await expect(saved).toHaveCount(0);
    await expect(page.getByLabel('Time zone')).toHaveValue('Europe/Madrid');
    await save.click();
    await expect(saved).toBeVisible();
});

test('list that is too long is refused at its field', async ({ clinic, visitAs }) => {
    const page = await visitAs(await clinic.admin(), '/admin/safety');
    const form = page.locator('form', { has: page.getByLabel('Signs of an emergency, in Spanish') });
    const list = form.getByLabel('Signs of an emergency, in Spanish');
    const long = 'me he caído '.repeat(1_700);
    await list.fill(long);
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByText('This is too long. Please use 20000 characters or fewer.')).toBeVisible();
    await expect(list).toHaveValue(long);
});

test('characters left are shown always and announced at times', async ({ clinic, asDoctor }) => {
    const { page } = await asDoctor(await clinic.doctor(), '/doctor/replies');
    const add = page.getByRole('form', { name: 'Add a reply', exact: true });
    const title = add.getByLabel('Title');
    const field = add.locator('.field').filter({ has: page.getByLabel('Title') });
    const [shown, said] = [field.locator('.field-note'), field.getByRole('status')];
    await title.fill('x'.repeat(85));
    await expect(shown).toHaveText('15 characters left');
    await expect(said).toHaveText('15 characters left');
    await title.fill('x'.repeat(90));
    await expect(shown).toHaveText('10 characters left');
    await expect(said).toHaveText('15 characters left');
    await title.fill('x'.repeat(101));
    await expect(said).toHaveText(await shown.innerText());
    await title.fill('x');
    await expect(said).toHaveText('');
});

test('focus moves to the next report after one is resolved', async ({ clinic, visitAs }) => {
    const [doctor, ana, admin] = [await clinic.doctor(), await clinic.patient(), await clinic.admin()];
    const chat = await ana.initiate(doctor);
    for (const reason of ['No answer', 'Still none']) {
        const answer = await ana.api.post(`/api/chats/${chat}/report`, { data: { reason } });
        expect(answer.status()).toBe(204);
    }
    const page = await visitAs(admin);
    const entries = page.getByRole('listitem').filter({ hasText: `${ana.name} about ${doctor.name}` });
    await entries.filter({ hasText: 'No answer' }).getByRole('button', { name: 'Mark as resolved' }).press('Enter');
    await expect(entries.getByText(/^Resolved on .*\d/)).toBeVisible();
    // Reports of other tests may be in between.
    await expect(page.locator('#reports').getByRole('button', { name: 'Mark as resolved' }).and(page.locator(':focus'))).toBeVisible();
});
