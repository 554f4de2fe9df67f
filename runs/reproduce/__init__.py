"""The five papers, figure by figure and claim by claim: one file per paper, on the records of
`paper`.
"""
