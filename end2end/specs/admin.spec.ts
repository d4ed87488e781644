// The admin's page: waiting patients, reports, emergency settings and the clinic's saved replies.
import { expectAccessible } from '../support/axe.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

test('console links its sections and fits the screen', { tag: '@phone' }, async ({ clinic, visitAs }) => {
    const page = await visitAs(await clinic.admin());
    const nav = page.getByRole('navigation', { name: 'Clinic administration' });
    for (const name of ['Overview', 'Reports', 'Safety', 'Saved replies']) {
        await nav.getByRole('link', { name }).click();
        await expect(page.getByRole('heading', { name, exact: true, level: 1 })).toBeVisible();
        await hydrated(page);
        await expectAccessible(page, name);
        const { scroll, client } = await page.evaluate(() => ({
            scroll: document.documentElement.scrollWidth,
            client: document.documentElement.clientWidth,
        }));
        expect(scroll, 'nothing sticks out').toBeLessThanOrEqual(client);
    }
});

test('admin saves, corrects and clears the emergency number', async ({ clinic, visitAs }) => {
    const page = await visitAs(await clinic.admin(), '/admin/safety');
    const form = page.locator('form', { has: page.getByLabel('Emergency number') });
    const number = form.getByLabel('Emergency number');
    await number.fill('call me');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByText('Please use digits, spaces and + only.')).toBeVisible();
    await expect(number).toHaveAttribute('aria-invalid', 'true');
    await number.fill('112');
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByText('Saved', { exact: true })).toBeVisible();
    await page.reload();
    await hydrated(page);
    await expect(number).toHaveValue('112');
    await number.fill('');
    await expect(form.getByText('Saved', { exact: true })).toHaveCount(0);
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByText('Saved', { exact: true })).toBeVisible();
});

test('admin changes and resets a list of emergency phrases', async ({ clinic, visitAs }) => {
    const page = await visitAs(await clinic.admin(), '/admin/safety');
    const form = page.locator('form', { has: page.getByLabel('Signs of an emergency, in Spanish') });
    const list = form.getByLabel('Signs of an emergency, in Spanish');
    const builtIn = await list.inputValue();
    expect(builtIn).toContain('respirar');
    await list.fill(`${builtIn}\nab*`);
    await form.getByRole('button', { name: 'Save' }).click();
    const line = builtIn.split('\n').length + 1;
    await expect(form.getByText(`Line ${line}: a word needs at least three letters before a *.`)).toBeVisible();
    await list.fill(`${builtIn}\nme he caído`);
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByText('Saved', { exact: true })).toBeVisible();
    await page.reload();
    await hydrated(page);
    await expect(list).toHaveValue(/me he caído/);
    const section = page.locator('section').filter({ has: list });
    await section.locator('summary', { hasText: 'Reset' }).click();
    await section.getByRole('button', { name: 'Reset' }).click();
    await expect(list).toHaveValue(builtIn);
    await expect(form.getByText('Saved', { exact: true })).toBeVisible();
});

test('doctor inserts a clinic reply that only the admin changes', async ({ clinic, visitAs, asDoctor }) => {
    const [doctor, admin] = [await clinic.doctor(), await clinic.admin()];
    const title = `Hours ${clinic.word()}`;
    const page = await visitAs(admin, '/admin/replies');
    const add = page.getByRole('form', { name: 'Add a reply for all doctors' });
    await add.getByLabel('Title').fill(title);
    await add.getByLabel('Text').fill('We open at 8, {patient}.');
    await add.getByRole('button', { name: 'Save' }).click();
    const entry = page.getByRole('listitem').filter({ hasText: title });
    await expect(entry).toBeVisible();
    const { page: theirs } = await asDoctor(doctor, '/doctor/replies');
    const seen = theirs.getByRole('listitem').filter({ hasText: title });
    await expect(seen).toBeVisible();
    await expect(seen.locator('button, summary')).toHaveCount(0);
    const ana = await clinic.patient();
    const room = await asDoctor(doctor, doctor.room(await ana.initiate(doctor)));
    await room.message.pressSequentially(`/${title}`);
    await room.page.getByRole('option', { name: title }).click();
    await expect(room.message).toHaveValue(`We open at 8, ${ana.name}.`);
    await entry.locator('summary', { hasText: 'Delete' }).click();
    await entry.getByRole('button', { name: 'Delete' }).click();
    await expect(entry).toHaveCount(0);
});
