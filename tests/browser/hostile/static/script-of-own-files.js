{ran}
