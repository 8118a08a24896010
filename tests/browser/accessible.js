/** What a person who cannot see, or cannot point, would miss of the page: a sentence for each. */
() => {
  const problems = [];
  /** What is for screen readers alone has a single pixel. */
  const isSeen = ({ width, height }) => width > 1 && height > 1;
  const shown = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    isSeen(element.getBoundingClientRect()) &&
    !element.closest("[aria-hidden=true]");
  const where = (element) => element.outerHTML.slice(0, 120);

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = ([r, g, b, alpha], below) =>
    [r, g, b].map((part, at) => part * alpha + below[at] * (1 - alpha));
  /** The colour behind an element, or null where a picture or a gradient is there. */
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") return null;
      const color = rgba(style.backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reduceRight((below, color) => over(color, below), [255, 255, 255]);
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) {
    problems.push(`The id ${id} is there twice.`);
  }
  for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls"]) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      for (const id of element.getAttribute(attribute).split(/\s+/)) {
        if (!document.getElementById(id)) problems.push(`${attribute} names nothing: ${where(element)}`);
      }
    }
  }

  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = words.nextNode(); node; node = words.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !shown(element) || element.closest(":disabled, script, style, option")) continue;
    const style = getComputedStyle(element);
    const background = behind(element);
    if (!background) continue;
    const ratio = contrast(over(rgba(style.color), background), background);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) {
      problems.push(`Contrast ${ratio.toFixed(2)}: “${node.data.trim().slice(0, 40)}” in ${where(element)}`);
    }
  }
  return problems;
};
