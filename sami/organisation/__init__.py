"""The admin's file to the organisation in force, and back: twice changes nothing, and a wrong file changes nothing."""
