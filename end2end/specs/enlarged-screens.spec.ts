// Pictures of pages with enlarged text, page zoom and forced colours. Not part of a test run.
import type { Page } from '@playwright/test';
import { hydrated } from '../support/fixtures.ts';
import { enlargeText } from '../support/layout.ts';
import { SIZES, test } from '../support/screens.ts';

const LOOKS = {
    'text-200': { options: SIZES.phone, px: 32 },
    'zoom-400': { options: { viewport: { width: 320, height: 256 }, deviceScaleFactor: 2 }, px: 16 },
    'forced-colours': { options: { ...SIZES.wide, colorScheme: 'dark', contextOptions: { forcedColors: 'active' } }, px: 16 },
} as const;

for (const [look, { options, px }] of Object.entries(LOOKS)) {
    test.describe(look, () => {
        test.use({ ...options, look });
        const before = (page: Page) => enlargeText(page, px);

        test('pictures show enlarged pages of a stranger', async ({ demo: { baseURL }, browse, shoot }) => {
            const page = await (await browse({ baseURL })).newPage();
            await before(page);
            await page.goto('/sign-in');
            await hydrated(page);
            await shoot(page, '94-sign-in');
        });

        test('pictures show enlarged pages of a patient', async ({ demo: { baseURL, nora }, asPatient, shoot }) => {
            const view = await asPatient(nora, nora.home, { baseURL, before });
            await shoot(view.page, '95-patient');
            await view.rows.first().click();
            await view.message.waitFor();
            await shoot(view.page, '96-patient-room');
        });

        test('pictures show enlarged pages of a doctor', async ({ busy: { baseURL, samuel }, asDoctor, shoot }) => {
            const view = await asDoctor(samuel, samuel.home, { baseURL, before });
            await shoot(view.page, '97-doctor');
            await view.row('Nora Lindqvist').click();
            await view.message.waitFor();
            await shoot(view.page, '98-doctor-room');
        });
    });
}
