"""Stub."""
import gradio as gr
def blocks(handed, language):
    with gr.Blocks() as b: gr.Markdown("# x")
    return b
def mount(app, handed): pass
