import { describe, expect, it } from 'vitest';
import { maskedRequests } from '../../../bin/platforms/masked-requests.ts';
import { providers } from '../../../lambda/providers/registry.ts';

describe(maskedRequests.name, () => {
  it.each([...providers.values()])('names every value of $id, and lacks none', (definition) => {
    const requests = maskedRequests(definition);
    expect(requests.map(({ grant }) => grant)).toEqual(Object.keys(definition.grants));
    expect(JSON.stringify(requests)).not.toMatch(/undefined|null=|\[object|x-[a-z_]+-x/);
  });

  it('sends the id of the client by its name', () => {
    const amazon = providers.get('amazon-ads');
    const [request] = amazon ? maskedRequests(amazon) : [];
    expect(request?.body).toContain('client_id={client_id}');
  });
});
