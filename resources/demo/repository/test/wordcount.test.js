import assert from 'node:assert/strict';
import test from 'node:test';

import { countWords } from '../src/wordcount.js';

test('words separated by one space', () => {
  assert.equal(countWords('three small words'), 3);
});

test('more than one space, tabs and new lines', () => {
  assert.equal(countWords('two\n  words'), 2);
});

test('a text without words', () => {
  assert.equal(countWords(''), 0);
  assert.equal(countWords('   '), 0);
});
