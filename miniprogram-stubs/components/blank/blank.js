/** In place of content: nothing there, or it could not be fetched. Says `action` when its button is tapped. */
Component({
  options: { addGlobalClass: true },
  properties: {
    /** `empty` or `error` */
    kind: { type: String, value: 'empty' },
    text: { type: String, value: '' },
    hint: { type: String, value: '' },
    action: { type: String, value: '' },
  },
  methods: {
    act() {
      this.triggerEvent('action');
    },
  },
});
