// Each role has its own pages and permissions, whatever address is opened.
import { expect, hydrated, test } from '../support/fixtures.ts';
import { accountButton } from '../support/pages.ts';

test('doctor has no directory and starts no chats', async ({ clinic, asDoctor }) => {
    const [doctor, other, ana] = [await clinic.doctor(), await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asDoctor(doctor);
    for (const path of [doctor.home, doctor.room(chat)]) {
        await view.page.goto(path);
        await hydrated(view.page);
        await expect(view.page.getByText(/Chat with/)).toHaveCount(0);
        await expect(view.page.getByLabel('Search doctors')).toHaveCount(0);
        await expect(view.page.getByText(other.name)).toHaveCount(0);
    }
    const refused = await doctor.api.post('/api/chats/initiate', { data: { doctorId: other.id } });
    expect(refused.status()).toBe(403);
    expect(refused.headers()['content-type']).toContain('application/problem+json');
    expect(((await refused.json()) as { code: string }).code).toBe('patients_only');
});

test('doctor sees a patient only after the patient opens a chat', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    await ana.initiate(doctor);
    const view = await asDoctor(doctor);
    await expect(view.row(ana.name)).toBeVisible();
    await expect(view.page.getByText(ben.name)).toHaveCount(0);
    await view.row(ana.name).click();
    await expect(view.page.getByText(`${ana.name} started this chat but has not written yet.`)).toBeVisible();
});

test('admin has a console and no chats', async ({ clinic, visitAs }) => {
    const admin = await clinic.admin();
    const page = await visitAs(admin);
    await expect(page.getByRole('navigation', { name: 'Clinic administration' })).toBeVisible();
    await expect(page.getByRole('navigation', { name: 'Chats' })).toHaveCount(0);
    await accountButton(page).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL('/sign-in');
});
