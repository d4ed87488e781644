// Language and theme follow the device or the choice of the user, which survives reloads.
import type { Page } from '@playwright/test';
import { expect, hydrated, test } from '../support/fixtures.ts';
import { accountButton } from '../support/pages.ts';

async function openSettings(page: Page): Promise<void> {
    await accountButton(page).click();
}

/** Waits until the browser has stored the cookie. An earlier request might not send it. */
async function kept(page: Page, name: string, value: string): Promise<void> {
    await expect.poll(async () => (await page.context().cookies()).find((cookie) => cookie.name === name)?.value).toBe(value);
}

/** Whether the background of the page is dark. */
function isDark(page: Page): Promise<boolean> {
    return page.evaluate(() => {
        const canvas = document.createElement('canvas').getContext('2d');
        if (!canvas) {
            throw new Error('no canvas');
        }
        const colour = [document.body, document.documentElement]
            .map((element) => getComputedStyle(element).backgroundColor)
            .find((colour) => colour !== 'rgba(0, 0, 0, 0)');
        canvas.fillStyle = colour ?? 'white';
        canvas.fillRect(0, 0, 1, 1);
        const [red = 0, green = 0, blue = 0] = canvas.getImageData(0, 0, 1, 1).data;
        return red + green + blue < 3 * 96;
    });
}

test('device set to Spanish gets Spanish', async ({ browse, clinic, asPatient }) => {
    const page = await (await browse({ locale: 'es-ES' })).newPage();
    await page.goto('/sign-in');
    await expect(page.locator('html')).toHaveAttribute('lang', 'es');
    await expect(page.getByRole('button', { name: 'Iniciar sesión' })).toBeVisible();
    await hydrated(page);
    await expect(page.locator('html')).toHaveAttribute('lang', 'es');
    await expect(page.getByLabel('Correo electrónico')).toBeVisible();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const view = await asPatient(ana, '/patient', { locale: 'es-ES' });
    await view.page.getByLabel('Buscar médicos').fill(doctor.name);
    await view.page.getByRole('button', { name: `Chatear con ${doctor.name}` }).click();
    await view.page.getByRole('textbox', { name: 'Mensaje' }).fill('Hola');
    await view.page.getByRole('button', { name: 'Enviar' }).click();
    await expect(view.page.getByRole('log', { name: 'Conversación' }).getByText('Enviado')).toBeVisible();
});

test('chosen language applies at once and is kept', async ({ clinic, asPatient }) => {
    const view = await asPatient(await clinic.patient());
    await expect(view.page.locator('html')).toHaveAttribute('lang', 'en');
    await openSettings(view.page);
    await view.page.getByLabel('Language').selectOption('Español');
    await expect(view.page.getByRole('heading', { name: 'Encuentre un médico' })).toBeVisible();
    await expect(view.page.locator('html')).toHaveAttribute('lang', 'es');
    await kept(view.page, 'bedside_language', 'es');
    await view.page.reload();
    await expect(view.page.locator('html')).toHaveAttribute('lang', 'es');
    await expect(view.page.getByRole('heading', { name: 'Encuentre un médico' })).toBeVisible();
    await hydrated(view.page);
    await openSettings(view.page);
    await expect(view.page.getByLabel('Idioma')).toHaveValue('es');
    await view.page.getByLabel('Idioma').selectOption('English');
    await expect(view.page.getByRole('heading', { name: 'Find a doctor' })).toBeVisible();
});

test('draft survives a change of the language', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const room = await asPatient(ana, ana.room(await ana.initiate(doctor)));
    await room.message.fill('Half a thought');
    await openSettings(room.page);
    await room.page.getByLabel('Language').selectOption('Español');
    await expect(room.page.locator('html')).toHaveAttribute('lang', 'es');
    await hydrated(room.page);
    await expect(room.page.getByRole('textbox', { name: 'Mensaje' })).toHaveValue('Half a thought');
});

test('theme follows the device until one is chosen', async ({ browse }) => {
    for (const colorScheme of ['light', 'dark'] as const) {
        const page = await (await browse({ colorScheme })).newPage();
        await page.goto('/sign-in');
        await hydrated(page);
        await expect(page.locator('html')).not.toHaveAttribute('data-theme');
        expect(await isDark(page)).toBe(colorScheme === 'dark');
        const chosen = colorScheme === 'dark' ? 'light' : 'dark';
        await openSettings(page);
        await page.getByLabel('Theme').selectOption(chosen);
        await expect(page.locator('html')).toHaveAttribute('data-theme', chosen);
        await expect.poll(() => isDark(page)).toBe(chosen === 'dark');
        await kept(page, 'bedside_theme', chosen);
        await page.reload();
        await expect(page.locator('html')).toHaveAttribute('data-theme', chosen);
        expect(await isDark(page)).toBe(chosen === 'dark');
        await hydrated(page);
        await openSettings(page);
        await expect(page.getByLabel('Theme')).toHaveValue(chosen);
        await page.getByLabel('Theme').selectOption('system');
        await expect(page.locator('html')).not.toHaveAttribute('data-theme');
        await expect.poll(() => isDark(page)).toBe(colorScheme === 'dark');
    }
});

test('form labels follow the chosen language at once', async ({ browse }) => {
    const page = await (await browse()).newPage();
    await page.goto('/create-account');
    await hydrated(page);
    await openSettings(page);
    await page.getByLabel('Language').selectOption('Español');
    await expect(page.getByLabel('Correo electrónico')).toBeVisible();
    await expect(page.getByText('Email', { exact: true })).toHaveCount(0);
});

test('preferences close when left or when a link is followed', async ({ clinic, asDoctor }) => {
    const { page } = await asDoctor(await clinic.doctor());
    const [button, language] = [accountButton(page), page.getByLabel('Language')];
    await button.click();
    await expect(language).toBeVisible();
    await page.getByRole('main').click();
    await expect(language).toBeHidden();
    await button.press('Enter');
    await expect(language).toBeVisible();
    await button.press('Tab');
    await expect(language).toBeVisible();
    await button.press('Shift+Tab');
    await expect(language).toBeHidden();
    await button.press('Enter');
    await page.getByLabel('Theme').focus();
    await page.keyboard.press('Escape');
    await expect(language).toBeHidden();
    await expect(button).toBeFocused();
    await button.click();
    await page.locator('#account-menu').getByRole('link', { name: 'Notifications' }).click();
    await expect(page.getByRole('heading', { name: 'Notifications' })).toBeVisible();
    await expect(language).toBeHidden();
});

test('chat options close when they are left', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { page, message } = await asPatient(ana, ana.room(chat));
    const [button, option] = [page.getByLabel('Chat options'), page.getByRole('button', { name: 'Archive' })];
    await button.click();
    await expect(option).toBeVisible();
    await message.click();
    await expect(option).toBeHidden();
    await expect(message).toBeFocused();
    await button.press('Enter');
    await expect(option).toBeVisible();
    await button.press('Tab');
    await expect(option).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(option).toBeHidden();
    await expect(button).toBeFocused();
    await button.press('Enter');
    await page.locator('.chat-menu-panel').getByRole('button').last().focus();
    await page.keyboard.press('Tab');
    await expect(option).toBeHidden();
    await expect(button).not.toBeFocused();
});

test("page works in a browser without the clinic's time zone", async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Good morning');
    const view = await asPatient(ana, ana.room(chat), {
        before: (page) =>
            page.addInitScript(() => {
                const known = Intl.DateTimeFormat;
                const make = (locales?: string | string[], options?: Intl.DateTimeFormatOptions) => {
                    if (options?.timeZone !== undefined) {
                        throw new RangeError('Invalid time zone specified');
                    }
                    return new known(locales, options);
                };
                Intl.DateTimeFormat = new Proxy(known, {
                    construct: (_, [locales, options]: Parameters<typeof make>) => make(locales, options),
                });
            }),
    });
    await view.send('How are you?');
    await view.expectTexts('Good morning', 'How are you?');
    await view.expectAllSent();
});
