// Counts the words of a text. Words are separated by white space.
export function countWords(text) {
  return text.split(' ').length;
}
