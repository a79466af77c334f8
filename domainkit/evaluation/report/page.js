(function () {
  var find = document.getElementById('find'), kind = document.getElementById('kind'), count = document.getElementById('shown');
  var items = Array.prototype.slice.call(document.querySelectorAll('.item'));
  var texts = items.map(function (item) { return item.textContent.toLowerCase(); });
  function filter() {
    var words = find.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
    items.forEach(function (item, at) {
      var kinds = item.dataset.kinds.split(' ');
      var fits = (!kind.value || kinds.indexOf(kind.value) >= 0) && words.every(function (word) { return texts[at].indexOf(word) >= 0; });
      item.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + ' of ' + items.length + ' questions';
  }
  find.addEventListener('input', filter);
  kind.addEventListener('change', filter);
  document.querySelectorAll('a[data-kind]').forEach(function (link) {
    link.addEventListener('click', function () { kind.value = link.dataset.kind; find.value = ''; filter(); });
  });
  document.addEventListener('keydown', function (event) {
    if (event.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); find.focus(); }
    if (event.key === 'Escape' && event.target === find) { find.value = ''; kind.value = ''; filter(); }
  });
  filter();
})();
