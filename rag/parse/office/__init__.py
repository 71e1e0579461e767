"""Word, PowerPoint, Excel, OpenDocument and Rich Text files to documents."""
